extension CheckpointError: CustomStringConvertible {
    /// One line: file, field or tensor, what was found, what was expected, the way out.
    public var description: String { message.oneLine }

    private var message: String {
        switch self {
        case .cannotRead, .cannotWrite, .notARegularFile, .notAFolder, .fileTooLarge, .fileShrank, .fileChanged,
            .gitLFSPointer, .notFound, .noRevision, .noConfiguration, .noConfigurationOfFile, .noWeights,
            .onlyVariants, .noVariant, .missingShard, .outsideFolder:
            folderMessage
        case .malformedPickle, .refusedGlobal, .malformedZip, .notAStateDict, .unlikeDiffusers: pickleMessage
        case .malformedJSON, .wrongType, .unknownName, .outOfRange, .wrongCount: fieldMessage
        case .activationMissing, .noSampleChannels, .noSkipNotFirst, .noSkipWithTimeMLP, .timeMLPMissing,
            .attentionWidth, .residualTemporalWidth, .outNormGroups, .skipMissing, .widthMismatch, .midDownsampling,
            .valueHeadWidth, .fourierFrequencies, .fourierMLPWidth, .anotherClass, .tooManyElements,
            .beyondHalf:
            combinationMessage
        default: tensorMessage
        }
    }

    private var folderMessage: String {
        switch self {
        case .cannotRead(let file, let reason): "\(file): cannot be read: \(reason)"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        case .notARegularFile(let file): "\(file): is not a regular file"
        case .notAFolder(let path): "\(path): is a file, but a model is saved in a folder; give the name of a folder"
        case .fileTooLarge(let file, let bytes, let limit): "\(file): has \(bytes) bytes; at most \(limit) are accepted"
        case .fileShrank(let file): "\(file): became shorter while it was read; \(Self.onceWritten)"
        case .fileChanged(let file): "\(file): was written to while it was read; \(Self.onceWritten)"
        case .gitLFSPointer(let file):
            "\(file): is a Git LFS pointer, not the file itself; run `git lfs pull` in its repository, or download the file"
        case .notFound(let path, let cache):
            "\(path): there is no such folder or file"
                + (cache.map { ", and no such repository in the cache \($0); download it there first" } ?? "")
        case .noRevision(let folder, let revision, let others):
            "\(folder): has no revision \(revision.quoted); "
                + (others.isEmpty ? "download it" : "it has \(others.prefix(8).joined(separator: ", "))")
        case .noConfiguration(let folder, let others):
            "\(folder): has neither config.json nor unet/config.json; "
                + (others.isEmpty
                    ? "give what save_pretrained wrote"
                    : "name one of its folders as the subfolder: \(others.prefix(8).joined(separator: ", "))")
        case .noConfigurationOfFile(let file, let holds, let accepted):
            "\(file): has no config.json beside it and holds \(Self.listed(holds)); name the model's configuration, put it "
                + "there, or give a file that has its own: \(accepted.joined(separator: "; "))"
        case .noWeights(let folder):
            "\(folder): has no weights, neither diffusion_pytorch_model.safetensors nor .bin; download them, or give the "
                + "folder that save_pretrained wrote"
        case .onlyVariants(let folder, let variants):
            "\(folder): has weights of the variants \(variants.joined(separator: ", ")) only; name one of them, as in "
                + "--variant \(variants[0])"
        case .noVariant(let folder, let variant, let others, let plain):
            "\(folder): has no weights of variant \(variant.quoted); "
                + Self.otherVariants(others, plain: plain)
        case .missingShard(let file, let shard):
            "\(file): names the file \(shard.quoted), which is not in its folder; download all the shards"
        case .outsideFolder(let file, let name, let target, let folder):
            "\(file): \(name.quoted) leads out of \(folder)\(target.map { " to \($0)" } ?? ""), which is not followed; "
                + "copy the file into the folder"
        default: ""
        }
    }

    /// The way out of damage.
    static let again = "the file may be cut off or damaged; download it again, or save the model again"
    private static let onceWritten = "load it again when the program that writes it is done"

    private static func listed(_ items: [String]) -> String {
        let rest = items.count - 4
        return items.prefix(4).joined(separator: "; ") + (rest > 0 ? "; \(rest) more" : "")
    }

    /// A shape that may be any file's.
    private static func listed(_ shape: [Int]) -> String {
        shape.count <= 8 ? "\(shape)" : "[\(shape.prefix(8).map(String.init).joined(separator: ", ")), …]"
    }

    private static func otherVariants(_ others: [String], plain: String?) -> String {
        if let plain { return "leave the variant out to load \(plain)" }
        if others.isEmpty { return "nor any other weights; download them" }
        return "it has \(others.joined(separator: ", "))"
    }

    private var pickleMessage: String {
        switch self {
        case .malformedPickle(let file, let offset, let problem):
            "\(file): is not a state dict that can be read: \(problem), at byte \(offset)"
        case .refusedGlobal(let file, let name):
            "\(file): names \(name.cut(200)), which no state dict needs and which is not run; do not load this file in Python "
                + "either; ask whoever made it for a safetensors file"
        case .malformedZip(let file, let problem):
            "\(file): is not an archive that torch.save wrote: \(problem)"
        case .notAStateDict(let file, let found):
            "\(file): holds \(found), where a dictionary of tensors was expected; save model.state_dict() with torch.save"
        case .unlikeDiffusers(let file, let origin, let difference):
            "\(file): holds \(origin), which cannot be computed: \(difference)"
        default: ""
        }
    }

    private var fieldMessage: String {
        switch self {
        case .malformedJSON(let file, let offset, let problem):
            "\(file): is not valid JSON: \(problem), at byte \(offset); correct it there, or get the file again"
        case .wrongType(let file, let field, let found, let expected):
            "\(file): \(field) is \(found), but \(expected) was expected"
        case .unknownName(let file, let field, let found, let known):
            "\(file): \(field) is \(found), which does not exist; use one of \(known.joined(separator: ", "))"
        case .outOfRange(let file, let field, let found, let expected):
            "\(file): \(field) is \(found), but must be \(expected)"
        case .wrongCount(let file, let field, let found, let expected):
            "\(file): \(field) has \(found) entries, but must have \(expected)"
        default: ""
        }
    }

    private var combinationMessage: String {
        switch self {
        case .activationMissing(let file, let user):
            "\(file): act_fn is null or unknown, but \(user) needs it; set act_fn to silu, swish, mish, gelu or relu"
        case .noSampleChannels(
            let file, let inChannels, let extraInChannels, let embedding, let width, let olderWidth):
            "\(file): in_channels is \(inChannels) and extra_in_channels is \(extraInChannels), but DownBlock1DNoSkip takes "
                + "\(width) of their sum for the \(embedding) embedding, which leaves none for the sample; "
                + (olderWidth.map { "set time_embedding_dim to \($0) for a model of diffusers before 0.36, or " } ?? "")
                + "set extra_in_channels to \(width)"
        case .noSkipNotFirst(let file, let block):
            "\(file): \(block) is DownBlock1DNoSkip, which takes the time embedding and can only be the first down block; "
                + "use DownBlock1D there"
        case .noSkipWithTimeMLP(let file, let block):
            "\(file): use_timestep_embedding is true, but \(block) is DownBlock1DNoSkip, which takes the embedding before the "
                + "time MLP; set use_timestep_embedding to false"
        case .timeMLPMissing(let file, let block):
            "\(file): use_timestep_embedding is false, but \(block) reads the output of the time MLP; "
                + "set use_timestep_embedding to true"
        case .attentionWidth(let file, let block, let channels):
            channels < 32
                ? "\(file): \(block) attends over \(channels) channels, fewer than the 32 of one head; use a multiple of 32"
                : "\(file): \(block) attends over \(channels) channels, which \(channels / 32) heads (one for 32 channels) do "
                    + "not divide; use a multiple of 32"
        case .residualTemporalWidth(let file, let block, let channels):
            "\(file): \(block) has \(channels) channels, which its norm's 8 groups do not divide; use a multiple of 8"
        case .outNormGroups(let file, let groups, let channels):
            "\(file): norm_num_groups is \(groups), but must divide the \(channels) channels of OutConv1DBlock"
        case .skipMissing(let file, let upBlocks, let downBlocks):
            "\(file): up_block_types has \(upBlocks) entries, but the \(downBlocks) down blocks leave that many skips; "
                + "use at most \(downBlocks) up blocks"
        case .widthMismatch(let file, let block, let found, let expected, let source):
            "\(file): \(block) reads \(expected) channels, but \(source) has \(found); make the widths equal"
        case .midDownsampling(let file, let version):
            "\(file): downsample_each_block is true, with which MidResTemporalBlock1D raises in diffusers \(version), which "
                + "wrote this file; set it to false, or save the model with \(DiffusersVersion.midDownsamplingRuns) or newer"
        case .valueHeadWidth(let file, let channels, let values):
            "\(file): ValueFunction flattens \(channels) channels and needs exactly \(values) values, which no length gives; "
                + "use ValueFunctionMidBlock1D or other block_out_channels"
        case .fourierFrequencies(let file, let found, let expected):
            "\(file): time_proj.weight has \(found) frequencies, but this configuration means "
                + expected.map(String.init).joined(separator: " or ") + "; set time_embedding_dim to \(2 * found)"
        case .fourierMLPWidth(let file, let embedding, let expected):
            "\(file): the time MLP reads \(expected) channels, but the Fourier embedding has \(embedding); "
                + "set time_embedding_dim to \(embedding), or use the positional embedding"
        case .anotherClass(let file, let unknown, let missing, let likeness):
            "\(file): "
                + (unknown.isEmpty
                    ? "" : "has \(unknown.joined(separator: ", ")), which UNet1DModel does not know, and ")
                + "lacks \(missing.joined(separator: ", ")), which decide its structure; "
                + (unknown.isEmpty ? "" : "it looks like a configuration of \(likeness ?? "another class"); ")
                + "give the folder of a diffusers UNet1DModel, as save_pretrained wrote it"
        case .beyondHalf(let tensor, let found):
            "tensor \(tensor.quoted) holds \(found), beyond 65504, the largest number of half precision; "
                + "take the precision bf16-weights, or f32"
        case .tooManyElements(let file, let limit):
            "\(file): asks for more than \(limit) weights; use smaller block_out_channels"
        default: ""
        }
    }

    private var tensorMessage: String {
        switch self {
        case .headerLength(let file, let found, let fileBytes):
            "\(file): is not a safetensors file: its header would have \(found) bytes, the file has \(fileBytes); "
                + Self.again
        case .malformedHeader(let file, let problem):
            "\(file): the safetensors header is malformed: \(problem); \(Self.again)"
        case .malformedTensor(let file, let tensor, let problem): "\(file): tensor \(tensor.quoted): \(problem)"
        case .unknownElementType(let file, let tensor, let found):
            "\(file): tensor \(tensor.quoted): \(found) is not a dtype of safetensors; save the model again, as F32, F16 or BF16"
        case .unsupportedElementType(let file, let tensor, let found, let expected):
            "\(file): tensor \(tensor.quoted) has dtype \(found.name), but must be "
                + expected.map(\.name).joined(separator: ", ") + "; save it as one of these"
        case .tensorsMismatch(let file, _, _, _):
            "\(file): does not fit config.json: \(mismatchOfTensors ?? ""); take config.json and weights that were saved "
                + "together, or save the model again"
        case .severalPrefixes(let file, let prefixes):
            "\(file): holds the model's tensors several times, with names that begin with "
                + prefixes.prefix(8).map(\.quoted).joined(separator: ", ")
                + "; save one of them, as model.save_pretrained(folder) does"
        case .noSuchTensor(let file, let tensor): "\(file): has no tensor \(tensor.quoted)"
        case .wrongRank(let file, let tensor, let shape, let expected):
            "\(file): tensor \(tensor.quoted) has shape \(shape), but must be \(expected)"
        case .integerOverflow(let file, let tensor):
            "\(file): tensor \(tensor.quoted) has a value beyond 64-bit integers"
        case .shapeOfValues(let tensor, let shape, let values):
            "tensor \(tensor.quoted) has \(values) values, which do not fill shape \(shape)"
        default: ""
        }
    }

    /// What of `tensorsMismatch` is missing or has another shape; nil for other errors.
    var mismatchOfTensors: String? {
        guard case .tensorsMismatch(_, let missing, let misshapen, let total) = self else { return nil }
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing: " + missing.joined(separator: ", ")) }
        parts += misshapen.map {
            "\($0.name) has shape \(Self.listed($0.found)), but the configuration means \($0.expected)"
        }
        let unsaid = total - missing.count - misshapen.count
        if unsaid > 0 { parts.append("and \(unsaid) more") }
        return parts.joined(separator: "; ")
    }
}
