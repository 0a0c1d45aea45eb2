// What a configuration says before its network is made: limits, widths that several rules share, and which fields are read.
// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.__init__.

extension UNet1DConfiguration {
    /// The widest level accepted, in channels.
    package static let maximumChannels = 65536
    /// The most levels accepted.
    package static let maximumLevels = 64
    /// The most layers a block accepted.
    package static let maximumLayers = 64
    /// The most layers accepted in the blocks of all levels, which bounds the memory of a plan.
    package static let maximumLayersOfLevels = 256
    /// The most weights accepted in all. No sum of sizes overflows below the limits above: a tensor has fewer than 2³⁷
    /// elements, a model fewer than 2¹⁸ tensors.
    package static let maximumElements = 1 << 40

    /// Width of the mid block's input, the last level's.
    var midChannels: Int { blockOutChannels[blockOutChannels.count - 1] }

    /// Frequencies of the Fourier embedding where no checkpoint says otherwise: what the version that wrote the file builds.
    /// Without a version, `timeEmbeddingDim` tells a newer one.
    package var defaultFourierFrequencies: Int {
        derivesFourierWidth ? derivedFourierFrequencies : Self.fixedFourierFrequencies
    }

    /// Whether the file was written by a version that derives the width of the Fourier embedding.
    var derivesFourierWidth: Bool {
        diffusersVersion.map { $0 >= .fourierWidthIsDerived } ?? (effectiveTimeEmbeddingDim != nil)
    }

    /// Frequencies of the Fourier embedding in diffusers before 0.36.
    static let fixedFourierFrequencies = 8

    /// Frequencies of the Fourier embedding in diffusers from 0.36 on: half of `time_embedding_dim or 2 * c0`.
    var derivedFourierFrequencies: Int { effectiveTimeEmbeddingDim.map { $0 / 2 } ?? blockOutChannels.first ?? 0 }

    /// `timeEmbeddingDim`, of which diffusers takes zero for none.
    var effectiveTimeEmbeddingDim: Int? { timeEmbeddingDim == 0 ? nil : timeEmbeddingDim }

    /// Channels of the time embedding before the MLP: 2 · frequencies, or the first width where it is positional.
    func timeEmbeddingWidth(fourierFrequencies: Int) -> Int {
        timeEmbeddingType == .fourier ? 2 * fourierFrequencies : blockOutChannels[0]
    }

    // MARK: - Which fields are read

    /// Whether any block is made of `ResidualTemporalBlock1D` in a number that `layersPerBlock` decides.
    var usesLayersPerBlock: Bool {
        midBlockType == .midResTemporalBlock1D || downBlockTypes.contains(.downResnetBlock1D)
            || upBlockTypes.contains(.upResnetBlock1D)
    }

    /// Whether any block looks at `downsampleEachBlock`.
    var usesDownsampleEachBlock: Bool {
        midBlockType == .midResTemporalBlock1D || downBlockTypes.contains(.downResnetBlock1D)
    }

    /// Whether any block looks at `outChannels`.
    var usesOutChannels: Bool { outBlockType == .outConv1DBlock || (outBlockType == nil && !upBlockTypes.isEmpty) }

    /// Whether any block looks at `actFn`.
    var usesActFn: Bool {
        useTimestepEmbedding || outBlockType == .outConv1DBlock || outBlockType == .valueFunction
    }
}
