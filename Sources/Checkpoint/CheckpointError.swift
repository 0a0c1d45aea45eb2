/// Why a configuration, a weight file or a folder was refused. `description` is one line: what is wrong where, what was
/// expected, and the way out.
public enum CheckpointError: Error, Sendable, Equatable {
    // MARK: Files and folders

    /// The system refused to open, read or stat a file.
    case cannotRead(file: String, reason: String)
    /// The system refused to write a file.
    case cannotWrite(file: String, reason: String)
    /// A regular file was expected.
    case notARegularFile(file: String)
    /// A folder was expected in which to save.
    case notAFolder(path: String)
    /// A file of an absurd size.
    case fileTooLarge(file: String, bytes: Int, limit: Int)
    /// A file became shorter while it was read.
    case fileShrank(file: String)
    /// A file was written to while it was read.
    case fileChanged(file: String)
    /// A Git LFS pointer in place of the file.
    case gitLFSPointer(file: String)
    /// Neither a file nor a folder nor, where `cache` is given, a repository there.
    case notFound(path: String, cache: String?)
    /// A repository of which that revision is not in the cache; `others` are.
    case noRevision(folder: String, revision: String, others: [String])
    /// A model folder without config.json; `others` are folders in it that have one.
    case noConfiguration(folder: String, others: [String])
    /// A file of weights without config.json beside it, which no trainer is known to save. `accepted` are files that bring
    /// their own configuration.
    case noConfigurationOfFile(file: String, holds: [String], accepted: [String])
    /// A model folder without weights.
    case noWeights(folder: String)
    /// A model folder whose weights are all of some variant.
    case onlyVariants(folder: String, variants: [String])
    /// A model folder without weights of the variant that was asked for. `plain` is the file of the weights without one.
    case noVariant(folder: String, variant: String, others: [String], plain: String?)
    /// A shard that the index names and that is not there.
    case missingShard(file: String, shard: String)
    /// A name that leads out of the folder; `target` is where a symbolic link leads.
    case outsideFolder(file: String, name: String, target: String?, folder: String)

    // MARK: JSON

    /// Text that is not JSON, or beyond the reader's limits. `offset` is in bytes.
    case malformedJSON(file: String, offset: Int, problem: String)

    // MARK: Fields of a configuration

    /// A value of the wrong kind.
    case wrongType(file: String, field: String, found: String, expected: String)
    /// A name outside a closed set.
    case unknownName(file: String, field: String, found: String, known: [String])
    /// A number outside its range.
    case outOfRange(file: String, field: String, found: Int, expected: String)
    /// A list of the wrong length.
    case wrongCount(file: String, field: String, found: Int, expected: String)

    // MARK: Combinations of fields

    /// `act_fn` is absent where the time MLP or the out block needs it.
    case activationMissing(file: String, user: String)
    /// The time embedding fills all channels that `DownBlock1DNoSkip` reads.
    /// `olderWidth` is that of earlier versions of diffusers, where it would leave some.
    case noSampleChannels(
        file: String, inChannels: Int, extraInChannels: Int, embedding: String, width: Int, olderWidth: Int?)
    /// `DownBlock1DNoSkip` after another block.
    case noSkipNotFirst(file: String, block: String)
    /// `DownBlock1DNoSkip` together with the time MLP.
    case noSkipWithTimeMLP(file: String, block: String)
    /// A block reads the output of the time MLP and there is none.
    case timeMLPMissing(file: String, block: String)
    /// Attention over channels that do not divide into heads.
    case attentionWidth(file: String, block: String, channels: Int)
    /// A residual temporal block whose width does not divide into eight groups.
    case residualTemporalWidth(file: String, block: String, channels: Int)
    /// Groups that do not divide the channels of the out block's norm.
    case outNormGroups(file: String, groups: Int, channels: Int)
    /// An up block without a skip to read.
    case skipMissing(file: String, upBlocks: Int, downBlocks: Int)
    /// A block reads other channels than the block before it gives.
    case widthMismatch(file: String, block: String, found: Int, expected: Int, source: String)
    /// `MidResTemporalBlock1D` with `downsample_each_block`, written by a version that raises for it.
    case midDownsampling(file: String, version: DiffusersVersion)
    /// The value head never gets the number of values that it needs.
    case valueHeadWidth(file: String, channels: Int, values: Int)
    /// Frequencies of the Fourier embedding that no version of diffusers gives such a configuration.
    case fourierFrequencies(file: String, found: Int, expected: [Int])
    /// The time MLP reads another width than the Fourier embedding has.
    case fourierMLPWidth(file: String, embedding: Int, expected: Int)
    /// A configuration that only shares its class's name: no field that decides the structure, and others instead.
    case anotherClass(file: String, unknown: [String], missing: [String], likeness: String?)
    /// A weight beyond the range of half precision, to which weights were to be rounded.
    case beyondHalf(tensor: String, found: Float)
    /// More weights than any machine holds.
    case tooManyElements(file: String, limit: Int)

    // MARK: Pickles

    /// A pickle that breaks the format, or asks for what no state dict needs. `offset` is in bytes.
    case malformedPickle(file: String, offset: Int, problem: String)
    /// A class or function that a state dict does not need.
    case refusedGlobal(file: String, name: String)
    /// A zip archive that breaks the format, or that torch.save does not write.
    case malformedZip(file: String, problem: String)
    /// A file of torch.save that holds something else than a dictionary of tensors.
    case notAStateDict(file: String, found: String)

    // MARK: Trainers' files

    /// A model of a trainer that no `UNet1DModel` computes; `difference` ends with the way out.
    case unlikeDiffusers(file: String, origin: String, difference: String)

    // MARK: Weight files

    /// A header of impossible length.
    case headerLength(file: String, found: UInt64, fileBytes: Int)
    /// A header that breaks the format.
    case malformedHeader(file: String, problem: String)
    /// A tensor whose entry breaks the format.
    case malformedTensor(file: String, tensor: String, problem: String)
    /// An element type that the format does not know.
    case unknownElementType(file: String, tensor: String, found: String)
    /// An element type that cannot be used here.
    case unsupportedElementType(file: String, tensor: String, found: ElementType, expected: [ElementType])
    /// Tensors that are missing or have another shape than the configuration says; lists are cut after some entries.
    case tensorsMismatch(file: String, missing: [String], misshapen: [MisshapenTensor], total: Int)
    /// Every tensor is there several times, each time under names that begin with another prefix.
    case severalPrefixes(file: String, prefixes: [String])
    /// A requested tensor that is not in the file.
    case noSuchTensor(file: String, tensor: String)
    /// A tensor of the wrong rank.
    case wrongRank(file: String, tensor: String, shape: [Int], expected: String)
    /// An integer that does not fit.
    case integerOverflow(file: String, tensor: String)
    /// Values and shape handed to the writer do not agree.
    case shapeOfValues(tensor: String, shape: [Int], values: Int)

    /// A tensor with another shape than the configuration says.
    public struct MisshapenTensor: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// The shape in the file.
        public let found: [Int]
        /// The shape that the configuration requires.
        public let expected: [Int]
    }
}

extension CheckpointError {
    /// The field of a configuration whose value is wrong by itself; nil where it is another error.
    package var field: String? {
        switch self {
        case .wrongType(_, let field, _, _), .unknownName(_, let field, _, _), .outOfRange(_, let field, _, _),
            .wrongCount(_, let field, _, _):
            // An entry of a list is called `field[3]`.
            String(field.prefix { $0 != "[" })
        default: nil
        }
    }
}
