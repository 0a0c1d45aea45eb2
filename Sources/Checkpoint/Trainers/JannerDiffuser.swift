/// Planners and value functions as jannerm/diffuser saves them, in `state_*.pt`: a `GaussianDiffusion` around the network,
/// twice, as it is trained and as an average.
///
/// Sources: jannerm/diffuser, models/temporal.py and diffusion.py, utils/training.py; diffusers,
/// scripts/convert_models_diffuser_to_diffusers.py.
enum JannerDiffuser: Trainer {
    static let files = "jannerm/diffuser's state_*.pt (TemporalUnet, ValueFunction)"

    static func model(in file: TrainerFile, _ lookup: ModelLookup) throws(CheckpointError) -> TrainedModel? {
        let time = "time_mlp.1.weight"
        if let (copy, notes) = try file.preferredCopy(with: [time, "downs.0.0.blocks.0.block.0.weight"]) {
            return try planner(copy, notes, file, lookup)
        }
        let marks = [time, "blocks.0.0.blocks.0.block.0.weight", "final_block.0.weight"]
        guard let (copy, notes) = try file.preferredCopy(with: marks) else { return nil }
        return try valueFunction(copy, notes, file, lookup)
    }

    private static func planner(
        _ copy: TrainerFile.Copy, _ notes: [String], _ file: TrainerFile, _ lookup: ModelLookup
    ) throws(CheckpointError) -> TrainedModel {
        var tensors = TensorRenaming(copy, file: file, origin: "jannerm/diffuser's TemporalUnet")
        let widths = try widths("downs", tensors)
        var configuration = try configuration("downs", widths, horizon(copy, file, lookup), tensors)
        configuration.upBlockTypes = Array(repeating: .upResnetBlock1D, count: widths.count - 1)
        configuration.midBlockType = .midResTemporalBlock1D
        configuration.outBlockType = .outConv1DBlock

        timeMLP(&tensors)
        for level in widths.indices {
            for i in 0..<2 { residual("downs.\(level).\(i)", as: "down_blocks.\(level).resnets.\(i)", &tensors) }
            tensors.layer("downs.\(level).3.conv", as: "down_blocks.\(level).downsample.conv")
            for i in 0..<2 { residual("ups.\(level).\(i)", as: "up_blocks.\(level).resnets.\(i)", &tensors) }
            tensors.layer("ups.\(level).3.conv", as: "up_blocks.\(level).upsample.conv")
        }
        for i in 0..<2 { residual("mid_block\(i + 1)", as: "mid_block.resnets.\(i)", &tensors) }
        tensors.layer("final_conv.0.block.0", as: "out_block.final_conv1d_1")
        tensors.layer("final_conv.0.block.2", as: "out_block.final_conv1d_gn")
        tensors.layer("final_conv.1", as: "out_block.final_conv1d_2")
        return try tensors.model(
            .unet1D(configuration), of: file, notes: notes + unknownHorizon(configuration, file), explain: difference)
    }

    private static func valueFunction(
        _ copy: TrainerFile.Copy, _ notes: [String], _ file: TrainerFile, _ lookup: ModelLookup
    ) throws(CheckpointError) -> TrainedModel {
        var tensors = TensorRenaming(copy, file: file, origin: "jannerm/diffuser's ValueFunction")
        let widths = try widths("blocks", tensors)
        var configuration = try configuration("blocks", widths, horizon(copy, file, lookup), tensors)
        configuration.midBlockType = .valueFunctionMidBlock1D
        configuration.outBlockType = .valueFunction
        configuration.downsampleEachBlock = true
        let last = widths[widths.count - 1]
        let values = try tensors.size("final_block.0.weight", 1, of: "(outputs, inputs)") - widths[0]
        guard values == last / 4 else {
            throw tensors.unlike(
                "its head reads \(values) values, where diffusers' reads the \(last / 4) of one position; use a model whose "
                    + "horizon is halved to one position at the end")
        }

        timeMLP(&tensors)
        for level in widths.indices {
            for i in 0..<2 { residual("blocks.\(level).\(i)", as: "down_blocks.\(level).resnets.\(i)", &tensors) }
            tensors.layer("blocks.\(level).2.conv", as: "down_blocks.\(level).downsample.conv")
        }
        for i in 1...2 {
            residual("mid_block\(i)", as: "mid_block.res\(i)", &tensors)
            tensors.layer("mid_down\(i).conv", as: "mid_block.down\(i).conv")
        }
        for i in [0, 2] { tensors.layer("final_block.\(i)", as: "out_block.final_block.\(i)") }
        return try tensors.model(
            .unet1D(configuration), of: file, notes: notes + unknownHorizon(configuration, file))
    }

    // MARK: - Structure

    /// The widths of the levels, outermost first.
    private static func widths(_ levels: String, _ tensors: TensorRenaming) throws(CheckpointError) -> [Int] {
        var widths: [Int] = []
        while widths.count < UNet1DConfiguration.maximumLevels {
            let first = "\(levels).\(widths.count).0.blocks.0.block.0.weight"
            guard tensors.has(first) else { break }
            widths.append(try tensors.size(first, 0, of: "(outputs, inputs, taps)"))
        }
        return widths
    }

    /// What both models have in common.
    private static func configuration(
        _ levels: String, _ widths: [Int], _ horizon: Int?, _ tensors: TensorRenaming
    ) throws(CheckpointError) -> UNet1DConfiguration {
        let transition = try tensors.size("\(levels).0.0.blocks.0.block.0.weight", 1, of: "(outputs, inputs, taps)")
        let time = try tensors.size("time_mlp.1.weight", 1, of: "(outputs, inputs)")
        guard time == widths[0] else {
            throw tensors.unlike(
                "its time embedding has \(time) values and its first level \(widths[0]) channels; use dim_mults that begin "
                    + "with 1")
        }
        return UNet1DConfiguration(
            sampleSize: horizon, inChannels: transition, outChannels: transition, timeEmbeddingType: .positional,
            flipSinToCos: false, useTimestepEmbedding: true, freqShift: 1,
            downBlockTypes: Array(repeating: .downResnetBlock1D, count: widths.count), upBlockTypes: [],
            blockOutChannels: widths, actFn: .mish)
    }

    /// The planner's loss has a weight for each position and each channel of a plan.
    private static func horizon(_ copy: TrainerFile.Copy, _ file: TrainerFile, _ lookup: ModelLookup) -> Int? {
        let weights = copy.others.first { $0.name.hasSuffix("loss_fn.weights") && $0.shape.count == 2 }
        return weights?.shape[0] ?? file.integer(named: "horizon") ?? lookup.sampleSize
    }

    private static func unknownHorizon(_ configuration: UNet1DConfiguration, _ file: TrainerFile) -> [String] {
        configuration.sampleSize == nil
            ? ["\(file.path): does not tell the horizon, which nothing in the model depends on"] : []
    }

    /// What a tensor means that `TemporalUnet` has in some settings only.
    private static func difference(_ name: String) -> String? {
        name.contains(".fn.") ? "it has linear attention; use a model with attention false" : nil
    }

    // MARK: - Layers

    private static func timeMLP(_ tensors: inout TensorRenaming) {
        tensors.layer("time_mlp.1", as: "time_mlp.linear_1")
        tensors.layer("time_mlp.3", as: "time_mlp.linear_2")
    }

    private static func residual(_ old: String, as new: String, _ tensors: inout TensorRenaming) {
        for (block, name) in [(0, "conv_in"), (1, "conv_out")] {
            tensors.layer("\(old).blocks.\(block).block.0", as: "\(new).\(name).conv1d")
            tensors.layer("\(old).blocks.\(block).block.2", as: "\(new).\(name).group_norm")
        }
        tensors.layer(old + ".time_mlp.1", as: new + ".time_emb")
        tensors.layer(old + ".residual_conv", as: new + ".residual_conv")
    }
}
