/// Dance Diffusion as Harmonai's trainers save it: nested blocks, fused queries, keys and values, a Lightning checkpoint
/// around.
///
/// Sources: sample-generator, audio_diffusion/models.py and blocks.py, train_uncond.py; stable-audio-tools,
/// models/diffusion.py, `DiffusionAttnUnet1D`, and training/diffusion.py, `DiffusionUncondTrainingWrapper`, whose averages
/// ema_pytorch makes; diffusers, scripts/convert_dance_diffusion_to_diffusers.py.
enum DanceDiffusion: Trainer {
    static let files = "Dance Diffusion's .ckpt (sample-generator, stable-audio-tools' DiffusionAttnUnet1D)"
    private static let origin = "Dance Diffusion's DiffusionAttnUnet1D"

    static func model(in file: TrainerFile, _ lookup: ModelLookup) throws(CheckpointError) -> TrainedModel? {
        guard let (copy, notes) = try file.preferredCopy(with: ["timestep_embed.weight", "net.0.main.0.weight"]) else {
            return nil
        }
        var tensors = TensorRenaming(copy, file: file, origin: origin)
        let configuration = try configuration(tensors, file, lookup)
        let levels = configuration.blockOutChannels.count
        var resampling = ResamplingKernels()

        try tensors.split("timestep_embed.weight", rank: 1, as: ["time_proj.weight"])
        for i in 0..<3 {
            residual("net.\(i)", as: "down_blocks.0.resnets.\(i)", &tensors)
            residual("net.\(4 + i)", as: "up_blocks.\(levels - 1).resnets.\(i)", &tensors)
        }
        for depth in 1...levels {
            let (old, isMid) = (block(depth), depth == levels)
            let down = isMid ? "mid_block" : "down_blocks.\(depth)"
            let up = isMid ? "mid_block" : "up_blocks.\(levels - 1 - depth)"
            try resampling.take("\(old).0.kernel", as: down + ".down.kernel", .down, &tensors)
            try resampling.take("\(old).14.kernel", as: up + ".up.kernel", .up, &tensors)
            for i in 0..<3 {
                // The mid block of diffusers counts on from the layers before the inner block to those after it.
                let j = isMid ? 3 + i : i
                residual("\(old).\(1 + 2 * i)", as: "\(down).resnets.\(i)", &tensors)
                try attention("\(old).\(2 + 2 * i)", as: "\(down).attentions.\(i)", &tensors)
                residual("\(old).\(8 + 2 * i)", as: "\(up).resnets.\(j)", &tensors)
                try attention("\(old).\(9 + 2 * i)", as: "\(up).attentions.\(j)", &tensors)
            }
        }
        let allNotes =
            notes
            + unknown("sample_size", configuration.sampleSize, file)
            + unknown("sample_rate", configuration.sampleRate, file)
            + resampling.notes(file)
        return try tensors.model(
            .unet1D(configuration), of: file, constants: resampling.file(file), notes: allNotes, explain: difference)
    }

    /// The sequence of a level's layers; level 0 is `net` itself.
    private static func block(_ depth: Int) -> String {
        "net.3" + String(repeating: ".main.7", count: depth - 1) + ".main"
    }

    private static func unknown(_ field: String, _ value: Int?, _ file: TrainerFile) -> [String] {
        value == nil ? ["\(file.path): does not tell \(field), which nothing in the model depends on"] : []
    }

    // MARK: - Structure

    private static func configuration(
        _ tensors: TensorRenaming, _ file: TrainerFile, _ lookup: ModelLookup
    ) throws(CheckpointError) -> UNet1DConfiguration {
        let convolution = "(outputs, inputs, taps)"
        let nested = (1...UNet1DConfiguration.maximumLevels).prefix { tensors.has("\(block($0)).1.main.0.weight") }
        guard let mid = nested.last else { throw tensors.unlike("it has a single level; use a depth of 2 or more") }
        var widths = [try tensors.size("net.0.main.0.weight", 0, of: convolution)]
        for depth in nested { widths.append(try tensors.size("\(block(depth)).1.main.0.weight", 0, of: convolution)) }
        let attends = [false] + nested.map { tensors.has("\(block($0)).2.qkv_proj.weight") }
        guard attends[mid] else {
            throw tensors.unlike("its innermost level has no attention; use n_attn_layers of 1 or more")
        }
        guard widths[mid] == widths[mid - 1] else {
            throw tensors.unlike(
                "its innermost level has \(widths[mid]) channels and the one around it \(widths[mid - 1]); make them equal"
            )
        }
        for depth in nested where attends[depth] && widths[depth] != widths[depth - 1] {
            throw tensors.unlike(
                "level \(depth), which attends, has \(widths[depth]) channels and the one around it \(widths[depth - 1]); "
                    + "make them equal, or use fewer n_attn_layers")
        }
        let embedding = 2 * (try tensors.size("timestep_embed.weight", 0, of: "(frequencies, 1)"))
        let inputs = try tensors.size("net.0.main.0.weight", 1, of: convolution)
        let channels = try tensors.size("net.6.main.3.weight", 0, of: convolution)
        guard inputs == channels + embedding else {
            throw tensors.unlike(
                "its first convolution reads \(inputs) channels, not the \(channels) of the sample and \(embedding) of the "
                    + "time embedding; use a model without conditioning")
        }
        let down = (0..<mid).map { depth -> DownBlockType in
            depth == 0 ? .downBlock1DNoSkip : attends[depth] ? .attnDownBlock1D : .downBlock1D
        }
        let up = (0..<mid).reversed().map { depth -> UpBlockType in
            depth == 0 ? .upBlock1DNoSkip : attends[depth] ? .attnUpBlock1D : .upBlock1D
        }
        return UNet1DConfiguration(
            sampleSize: file.integer(named: "sample_size") ?? lookup.sampleSize,
            sampleRate: file.integer(named: "sample_rate") ?? lookup.sampleRate, inChannels: channels,
            outChannels: channels, extraInChannels: embedding, downBlockTypes: down, upBlockTypes: up,
            blockOutChannels: Array(widths.dropLast()), timeEmbeddingDim: embedding)
    }

    /// What a tensor means that `DiffusionAttnUnet1D` has in some settings only.
    private static func difference(_ name: String) -> String? {
        if name.hasSuffix(".alpha") { return "it has Snake activations; use a model with use_snake false" }
        if name.hasSuffix(".main.0.weight") || name.hasSuffix(".main.14.weight"), name.hasPrefix("net.3.") {
            return "it learns its resampling; use a model with learned_resample false and strides of 2"
        }
        return nil
    }

    // MARK: - Layers

    private static func residual(_ old: String, as new: String, _ tensors: inout TensorRenaming) {
        tensors.take(old + ".skip.weight", as: new + ".conv_skip.weight")
        for (part, name) in [(0, "conv_1"), (1, "group_norm_1"), (3, "conv_2"), (4, "group_norm_2")] {
            tensors.layer("\(old).main.\(part)", as: "\(new).\(name)")
        }
    }

    private static func attention(
        _ old: String, as new: String, _ tensors: inout TensorRenaming
    ) throws(CheckpointError) {
        tensors.layer(old + ".norm", as: new + ".group_norm")
        for (part, rank) in [("weight", 2), ("bias", 1)] {
            let fused = ["query", "key", "value"].map { "\(new).\($0).\(part)" }
            try tensors.split("\(old).qkv_proj.\(part)", rank: rank, as: fused)
            try tensors.split("\(old).out_proj.\(part)", rank: rank, as: ["\(new).proj_attn.\(part)"])
        }
    }
}

/// The taps of the resampling filters, which are buffers of the trainers' modules: from the file, or diffusers' constants
/// where it has none.
private struct ResamplingKernels {
    private var added = 0

    /// Bytes of the taps of one direction.
    private static let bytes = 4 * SeededWeights.taps.count

    mutating func take(
        _ old: String, as new: String, _ direction: FIRResampler.Direction, _ tensors: inout TensorRenaming
    ) throws(CheckpointError) {
        if tensors.has(old) {
            let taps = try tensors.size(old, 0, of: "(8)")
            guard taps == SeededWeights.taps.count else {
                throw tensors.unlike("its resampling has \(taps) taps, where diffusers' cubic filter has 8")
            }
            return tensors.take(old, as: new)
        }
        added += 1
        tensors.add(
            StoredTensor(
                name: new, elementType: .f32, shape: [SeededWeights.taps.count], file: 1,
                position: direction == .down ? 0 : Self.bytes))
    }

    /// The constants as a file: the taps for halving, then those for doubling.
    func file(_ file: TrainerFile) -> FileDescriptor {
        let values = SeededWeights.taps + SeededWeights.taps.map { 2 * $0 }
        return FileDescriptor(
            path: "\(file.path) (resampling kernels)",
            holding: values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        )
    }

    func notes(_ file: TrainerFile) -> [String] {
        added == 0 ? [] : ["\(file.path): holds no resampling kernels; the cubic ones of diffusers are used"]
    }
}
