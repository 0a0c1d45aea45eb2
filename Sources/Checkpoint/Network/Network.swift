/// The structure of a model, parsed once from its configuration: typed blocks with their layers. A network that exists runs at
/// some shape, as far as its widths decide. Tensors, seeded weights and plans follow from it.
///
/// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.__init__.
package struct Network: Sendable {
    /// The configuration that it was parsed from.
    package let configuration: UNet1DConfiguration
    /// The number of frequencies of the Fourier embedding; without meaning where the embedding is positional.
    package let fourierFrequencies: Int
    package let time: TimeEmbedding
    package let mlp: TimeMLP?
    /// Outermost first.
    package let down: [DownBlock]
    package let mid: MidBlock
    /// Innermost first.
    package let up: [UpBlock]
    package let out: OutBlock?
    /// Channels that the sample must have: what the first convolution reads, less the time embedding where
    /// `DownBlock1DNoSkip` joins it. Whether `in_channels` or `extra_in_channels` counts the embedding is the author's habit.
    package let sampleChannels: Int

    /// Parses a configuration. Allocates; never more than the limits of `UNet1DConfiguration` allow.
    ///
    /// - Parameters:
    ///   - fourierFrequencies: the length of the checkpoint's `time_proj.weight`; nil: what the configuration says. Not looked
    ///     at where the embedding is positional.
    ///   - file: the name that errors mention.
    /// - Throws: `CheckpointError` for what diffusers raises for at construction or in any forward: the first reason found.
    /// - Complexity: O(tensors).
    package init(
        _ configuration: UNet1DConfiguration, fourierFrequencies: Int? = nil, file: String = "configuration"
    ) throws(CheckpointError) {
        let frequencies = fourierFrequencies ?? configuration.defaultFourierFrequencies
        let check = NetworkCheck(configuration: configuration, file: file)
        try check.levels()
        try check.numbers()
        try check.timeEmbedding(frequencies: frequencies)
        self.configuration = configuration
        self.fourierFrequencies = frequencies
        let time = TimeEmbedding(configuration, fourierFrequencies: frequencies)
        self.time = time
        mlp = configuration.useTimestepEmbedding ? try TimeMLP(in: time.width, check) : nil

        let inputs = configuration.inChannels + configuration.extraInChannels
        switch configuration.downBlockTypes.first {
        case nil: sampleChannels = configuration.midChannels
        case .downBlock1DNoSkip:
            sampleChannels = inputs - time.width
            if sampleChannels < 1 { throw check.noSampleChannels(embedding: time.width) }
        default: sampleChannels = inputs
        }

        var down: [DownBlock] = []
        for i in configuration.downBlockTypes.indices {
            down.append(try DownBlock(i, in: down.last?.outputs ?? inputs, check))
        }
        self.down = down
        mid = try MidBlock(after: down.last, check)
        var up: [UpBlock] = []
        var x = (channels: mid.outputs, source: mid.name)
        for i in configuration.upBlockTypes.indices {
            let block = try UpBlock(i, in: x, skip: down[down.count - 1 - i], check)
            up.append(block)
            x = (block.outputs, block.name)
        }
        self.up = up
        out = try OutBlock(after: x, check)
        try check.fourierMLP(frequencies: frequencies)
        if parameters > UNet1DConfiguration.maximumElements {
            throw .tooManyElements(file: file, limit: UNet1DConfiguration.maximumElements)
        }
    }

    /// The tensors that a checkpoint must hold.
    ///
    /// - Complexity: O(tensors).
    package var tensors: [ExpectedTensor] {
        time.tensors + (mlp?.tensors ?? []) + down.flatMap(\.tensors) + mid.tensors + up.flatMap(\.tensors)
            + (out?.tensors ?? [])
    }

    /// Weights, one by one.
    ///
    /// - Complexity: O(tensors).
    package var parameters: Int { tensors.reduce(0) { $0 + $1.count } }

    /// Every `ResidualTemporalBlock1D`, in the order of the forward.
    package var residualTemporalBlocks: [ResidualTemporalBlock1D] {
        var result: [ResidualTemporalBlock1D] = []
        for block in down { if case .temporal(let blocks, _) = block.body { result += blocks } }
        if case .temporal(let blocks) = mid.body { result += blocks.map(\.block) }
        for block in up { if case .temporal(let blocks, _) = block.body { result += blocks } }
        return result
    }

    /// Whether the sample is joined with the time embedding.
    package var joinsEmbedding: Bool { down.first?.type == .downBlock1DNoSkip }

    /// Whether any block reads the timestep.
    package var readsTimestep: Bool {
        if joinsEmbedding { return true }
        if case .value = out { return true }
        return !residualTemporalBlocks.isEmpty
    }
}
