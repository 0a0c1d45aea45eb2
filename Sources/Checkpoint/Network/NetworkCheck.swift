/// The rules that a configuration must obey, by which blocks are made: everything that makes diffusers raise whatever the
/// shapes of a forward. Source: diffusers 0.26.3, unet_1d.py, unet_1d_blocks.py, resnet.py.
struct NetworkCheck {
    let configuration: UNet1DConfiguration
    /// The name that errors mention.
    let file: String

    // MARK: - Numbers

    func levels() throws(CheckpointError) {
        let levels = configuration.blockOutChannels
        try count("block_out_channels", levels.count, 1...UNet1DConfiguration.maximumLevels)
        for (i, width) in levels.enumerated() { try channels("block_out_channels[\(i)]", width) }
        let downs = configuration.downBlockTypes.count
        let ups = configuration.upBlockTypes.count
        try count("down_block_types", downs, 0...levels.count)
        try count("up_block_types", ups, 0...levels.count)
        if ups > downs { throw .skipMissing(file: file, upBlocks: ups, downBlocks: downs) }
    }

    func numbers() throws(CheckpointError) {
        let limit = UNet1DConfiguration.maximumChannels
        if !configuration.downBlockTypes.isEmpty {
            // The reference looks at their sum only.
            try range("in_channels", configuration.inChannels, -limit...limit)
            try range("extra_in_channels", configuration.extraInChannels, -limit...limit)
            if configuration.downBlockTypes[0] != .downBlock1DNoSkip {
                try channels(
                    "in_channels + extra_in_channels", configuration.inChannels + configuration.extraInChannels)
            }
        }
        if configuration.usesOutChannels { try channels("out_channels", configuration.outChannels) }
        let levels = configuration.blockOutChannels.count
        let layers = min(UNet1DConfiguration.maximumLayers, UNet1DConfiguration.maximumLayersOfLevels / levels)
        if configuration.usesLayersPerBlock, configuration.layersPerBlock > layers {
            throw .outOfRange(
                file: file, field: "layers_per_block", found: configuration.layersPerBlock,
                expected: "at most \(layers) with \(levels) levels")
        }
    }

    private func channels(_ field: String, _ width: Int) throws(CheckpointError) {
        try range(field, width, 1...UNet1DConfiguration.maximumChannels)
    }

    private func range(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(CheckpointError) {
        if !range.contains(value) {
            throw .outOfRange(
                file: file, field: field, found: value, expected: "between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    private func count(_ field: String, _ count: Int, _ range: ClosedRange<Int>) throws(CheckpointError) {
        if count < range.lowerBound {
            throw .wrongCount(file: file, field: field, found: count, expected: "at least one")
        }
        if count > range.upperBound {
            throw .wrongCount(
                file: file, field: field, found: count, expected: "at most \(range.upperBound), one a level")
        }
    }

    // MARK: - Time

    func timeEmbedding(frequencies: Int) throws(CheckpointError) {
        if configuration.usesActFn { _ = try activation() }
        guard configuration.timeEmbeddingType == .fourier else { return }
        // Newer versions derive the number of frequencies from this width; older ones always have eight and ignore
        // time_embedding_dim.
        let width = configuration.effectiveTimeEmbeddingDim ?? 2 * configuration.blockOutChannels[0]
        if configuration.derivesFourierWidth, configuration.timeEmbeddingDim != nil,
            width % 2 != 0 || !(2...UNet1DConfiguration.maximumChannels).contains(width)
        {
            throw .outOfRange(
                file: file, field: "time_embedding_dim", found: width,
                expected: "an even number up to \(UNet1DConfiguration.maximumChannels), or null")
        }
        let fixed = UNet1DConfiguration.fixedFourierFrequencies
        if frequencies != fixed, 2 * frequencies != width {
            throw .fourierFrequencies(file: file, found: frequencies, expected: [fixed, width / 2])
        }
    }

    /// The Fourier embedding must have the width that the MLP reads: time_embedding_dim in newer versions, twice the first
    /// level's in 0.26.3.
    func fourierMLP(frequencies: Int) throws(CheckpointError) {
        guard configuration.timeEmbeddingType == .fourier, configuration.useTimestepEmbedding else { return }
        let width = 2 * configuration.blockOutChannels[0]
        let recent = configuration.effectiveTimeEmbeddingDim ?? width
        if 2 * frequencies != recent, 2 * frequencies != width {
            throw .fourierMLPWidth(file: file, embedding: 2 * frequencies, expected: recent)
        }
    }

    /// The activation of the time MLP and the out block.
    func activation() throws(CheckpointError) -> Activation {
        if let activation = configuration.actFn { return activation }
        throw .activationMissing(
            file: file,
            user: configuration.useTimestepEmbedding
                ? "the time MLP" : configuration.outBlockType?.name ?? "a block")
    }

    func timeMLP(_ block: String) throws(CheckpointError) {
        if !configuration.useTimestepEmbedding { throw .timeMLPMissing(file: file, block: block) }
    }

    // MARK: - Blocks

    func noSkip(_ block: String, isFirst: Bool) throws(CheckpointError) {
        if !isFirst { throw .noSkipNotFirst(file: file, block: block) }
        if configuration.useTimestepEmbedding { throw .noSkipWithTimeMLP(file: file, block: block) }
    }

    func noSampleChannels(embedding width: Int) -> CheckpointError {
        let fixed = 2 * UNet1DConfiguration.fixedFourierFrequencies
        let isFourier = configuration.timeEmbeddingType == .fourier
        let fitsOlder = configuration.inChannels + configuration.extraInChannels > fixed
        return .noSampleChannels(
            file: file, inChannels: configuration.inChannels, extraInChannels: configuration.extraInChannels,
            embedding: isFourier ? "Fourier" : "positional", width: width,
            olderWidth: isFourier && width != fixed && fitsOlder ? fixed : nil)
    }

    func attention(_ block: String, _ channels: Int) throws(CheckpointError) {
        let head = SelfAttention1d.channelsPerHead
        if channels < head || channels % (channels / head) != 0 {
            throw .attentionWidth(file: file, block: block, channels: channels)
        }
    }

    func residualTemporal(_ block: String, _ channels: Int) throws(CheckpointError) {
        try timeMLP(block)
        if channels < 1 || channels % ResidualTemporalBlock1D.groups != 0 {
            throw .residualTemporalWidth(file: file, block: block, channels: channels)
        }
    }

    func midDownsampling() throws(CheckpointError) {
        if configuration.downsampleEachBlock, let version = configuration.diffusersVersion,
            version < .midDownsamplingRuns
        {
            throw .midDownsampling(file: file, version: version)
        }
    }

    func width(_ block: String, _ found: Int, expected: Int, source: String) throws(CheckpointError) {
        if found != expected {
            throw .widthMismatch(file: file, block: block, found: found, expected: expected, source: source)
        }
    }
}
