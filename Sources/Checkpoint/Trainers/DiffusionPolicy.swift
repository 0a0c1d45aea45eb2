/// Robot policies as Diffusion Policy's workspaces save them, and as LeRobot does: a `ConditionalUnet1D` among encoders of
/// observations and normalisers. The structure is read off the tensors.
///
/// Sources: real-stanford/diffusion_policy, workspace/base_workspace.py, conditional_unet1d.py; lerobot 0.4,
/// policies/diffusion/modeling_diffusion.py.
enum DiffusionPolicy: Trainer {
    static let files = "Diffusion Policy's .ckpt (ConditionalUnet1D), LeRobot's model.safetensors"
    private static let step = "diffusion_step_encoder.1.weight"

    static func model(in file: TrainerFile, _ lookup: ModelLookup) throws(CheckpointError) -> TrainedModel? {
        if let (copy, notes) = try file.preferredCopy(with: [step, "down_modules.0.0.blocks.0.block.0.weight"]) {
            var tensors = TensorRenaming(copy, file: file, origin: "Diffusion Policy's ConditionalUnet1D")
            for name in copy.tensors.map(\.name) { tensors.take(name, as: name) }
            return try model(tensors, TensorSizes(copy), file, notes)
        }
        guard let (copy, notes) = try file.preferredCopy(with: [step, "down_modules.0.0.conv1.block.0.weight"]) else {
            return nil
        }
        var tensors = TensorRenaming(copy, file: file, origin: "LeRobot's DiffusionConditionalUnet1d")
        var owners: [String: String] = [:]
        for name in copy.tensors.map(\.name) {
            let own = ownName(ofLeRobot: name)
            if let other = owners.updateValue(name, forKey: own) {
                throw tensors.unlike("its tensors \(other.quoted) and \(name.quoted) are the same one; save it again")
            }
            tensors.take(name, as: own)
        }
        return try model(tensors, TensorSizes(tensors.renamed), file, notes)
    }

    /// The name of a tensor of LeRobot in Diffusion Policy: `conv1` and `conv2` are `blocks.0` and `blocks.1`, and what
    /// resamples has no module around it.
    private static func ownName(ofLeRobot name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        for (number, own) in [("conv1", "0"), ("conv2", "1")] {
            if let i = parts.firstIndex(of: number) { parts.replaceSubrange(i...i, with: ["blocks", own]) }
        }
        if ["down_modules", "up_modules"].contains(parts[0]), parts.count == 4, parts[2] == "2" {
            parts.insert("conv", at: 3)
        }
        return parts.joined(separator: ".")
    }

    private static func model(
        _ tensors: TensorRenaming, _ sizes: TensorSizes, _ file: TrainerFile, _ notes: [String]
    ) throws(CheckpointError) -> TrainedModel {
        guard let configuration = sizes.configuration(groups: file.integer(named: "n_groups")) else {
            throw tensors.unlike("the shapes of its tensors are those of no such network; save it again")
        }
        var notes = notes
        if file.integer(named: "n_groups") == nil {
            notes.append("\(file.path): does not tell n_groups; 8 are taken, as its trainer does")
        }
        return try tensors.model(.conditionalUnet1D(configuration), of: file, notes: notes)
    }
}

/// The shapes of the tensors of a `ConditionalUnet1D`, under Diffusion Policy's names, which tell nearly all of its
/// configuration.
struct TensorSizes {
    private let shapes: [String: [Int]]

    init(_ tensors: [StoredTensor]) {
        shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { _, last in last })
    }

    init(_ copy: TrainerFile.Copy) { self.init(copy.tensors) }

    /// Numbers of the global condition; nil where the tensors do not tell.
    var globalWidth: Int? {
        guard let step = size("diffusion_step_encoder.1.weight", 1),
            let condition = size("down_modules.0.0.cond_encoder.1.weight", 1), condition >= step
        else { return nil }
        return condition - step
    }

    /// The configuration; nil where a tensor is missing or has another rank.
    ///
    /// - Parameter groups: of the norms, which no tensor tells; nil: 8.
    func configuration(groups: Int?) -> ConditionalUnet1DConfiguration? {
        let first = "down_modules.0.0."
        guard let step = size("diffusion_step_encoder.1.weight", 1), let global = globalWidth,
            let input = size(first + "blocks.0.block.0.weight", 1),
            let taps = size(first + "blocks.0.block.0.weight", 2),
            let projected = size(first + "cond_encoder.1.weight", 0)
        else { return nil }
        var widths: [Int] = []
        while widths.count <= UNet1DConfiguration.maximumLevels,
            let width = size("down_modules.\(widths.count).0.blocks.0.block.0.weight", 0)
        {
            widths.append(width)
        }
        return ConditionalUnet1DConfiguration(
            inputDim: input, localCondDim: size("local_cond_encoder.0.blocks.0.block.0.weight", 1),
            globalCondDim: global == 0 ? nil : global, diffusionStepEmbedDim: step, downDims: widths, kernelSize: taps,
            nGroups: groups ?? 8, condPredictScale: projected > widths[0])
    }

    private func size(_ name: String, _ dimension: Int) -> Int? {
        guard let shape = shapes[name], dimension < shape.count else { return nil }
        return shape[dimension]
    }
}
