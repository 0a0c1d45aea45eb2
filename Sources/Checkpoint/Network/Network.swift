/// The structure of a model, parsed once from its configuration: typed blocks with their layers. A network that exists runs at
/// some shape, as far as its widths decide. Tensors, seeded weights and plans follow from it.
///
/// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.__init__.
package struct Network: Sendable {
    /// The configuration that it was parsed from; of a `ConditionalUnet1D` its structure in the words of a UNet1DModel.
    package let configuration: UNet1DConfiguration
    /// The configuration of a `ConditionalUnet1D`; nil: the network is a UNet1DModel.
    package let conditional: ConditionalUnet1DConfiguration?
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
    /// The order of a sample's dimensions, and of the output's.
    package let layout: SampleLayout
    /// What it reads besides the sample and the timestep; nil: nothing.
    package internal(set) var condition: NetworkCondition?

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
        (conditional, layout, condition) = (nil, .channelsFirst, nil)
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
            + (out?.tensors ?? []) + (condition?.localTensors ?? [])
    }

    /// Weights, one by one.
    ///
    /// - Complexity: O(tensors).
    package var parameters: Int { tensors.reduce(0) { $0 + $1.count } }

    /// Every `ResidualTemporalBlock1D`, in the order of the forward.
    package var residualTemporalBlocks: [ResidualTemporalBlock1D] {
        var result: [ResidualTemporalBlock1D] = []
        if let local = condition?.local { result.append(local.encoder) }
        for block in down { if case .temporal(let blocks, _) = block.body { result += blocks } }
        if case .temporal(let blocks) = mid.body { result += blocks.map(\.block) }
        for block in up { if case .temporal(let blocks, _) = block.body { result += blocks } }
        return result
    }

    /// Whether the sample is joined with the time embedding.
    package var joinsEmbedding: Bool { down.first?.type == .downBlock1DNoSkip }

    /// The network where the caller has no local condition, as the reference takes None for it: its encoder is not read.
    package var withoutLocalCondition: Network {
        var network = self
        network.condition?.readsLocal = false
        return network
    }

    /// The module of the out block's activation.
    package var nameOfOutActivation: String { conditional == nil ? "out_block.final_conv1d_act" : "final_conv.0" }

    /// Whether any block reads the timestep.
    package var readsTimestep: Bool {
        if joinsEmbedding { return true }
        if case .value = out { return true }
        return !residualTemporalBlocks.isEmpty
    }
}

/// The order of the dimensions of a sample and an output.
package enum SampleLayout: Sendable, Hashable {
    /// (batch, channels, length), as diffusers has it.
    case channelsFirst
    /// (batch, length, channels), as robot policies have it.
    case positionsFirst

    /// A shape in that order.
    package func shape(batch: Int, channels: Int, length: Int) -> [Int] {
        self == .channelsFirst ? [batch, channels, length] : [batch, length, channels]
    }

    /// (batch, channels, length) of a shape in that order, which has three dimensions.
    package func extent(of shape: [Int]) -> (batch: Int, channels: Int, length: Int) {
        self == .channelsFirst ? (shape[0], shape[1], shape[2]) : (shape[0], shape[2], shape[1])
    }
}
