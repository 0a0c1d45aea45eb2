// The blocks that a configuration describes, with their widths: one walk for validation, expected tensors and planning.
// Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.__init__.

/// A down block and its widths.
public struct DownBlock: Sendable, Hashable {
    /// Prefix of its tensors' names, `down_blocks.N`.
    public let name: String
    /// Its type.
    public let type: DownBlockType
    /// Channels that its first convolution reads; for `DownBlock1DNoSkip` the embedding's are among them.
    public let inChannels: Int
    /// Channels that it passes on, and those of its skip.
    public let outChannels: Int
    /// Whether a `DownResnetBlock1D` ends with its strided convolution.
    public let downsamples: Bool
}

/// An up block and its widths.
public struct UpBlock: Sendable, Hashable {
    /// Prefix of its tensors' names, `up_blocks.N`.
    public let name: String
    /// Its type.
    public let type: UpBlockType
    /// Half of the channels that its first convolution reads: those of x, and those of the skip.
    public let inChannels: Int
    /// Channels that it passes on.
    public let outChannels: Int
    /// Whether an `UpResnetBlock1D` ends with its transposed convolution.
    public let upsamples: Bool
}

extension Configuration {
    /// The down blocks, outermost first. The configuration must have as many levels.
    public var downBlocks: [DownBlock] {
        downBlockTypes.indices.map { i in
            DownBlock(
                name: "down_blocks.\(i)", type: downBlockTypes[i],
                inChannels: i == 0 ? inChannels + extraInChannels : blockOutChannels[i - 1],
                outChannels: blockOutChannels[i],
                downsamples: i != blockOutChannels.count - 1 || downsampleEachBlock)
        }
    }

    /// The up blocks, innermost first. The configuration must have as many levels.
    public var upBlocks: [UpBlock] {
        let widths = Array(blockOutChannels.reversed())
        var previous = widths[0]
        return upBlockTypes.indices.map { j in
            let isLast = j == upBlockTypes.count - 1
            let out = isLast ? (outBlockType == nil ? outChannels : blockOutChannels[0]) : widths[j + 1]
            defer { previous = out }
            return UpBlock(
                name: "up_blocks.\(j)", type: upBlockTypes[j], inChannels: previous, outChannels: out,
                upsamples: j != blockOutChannels.count - 1)
        }
    }

    /// Width of the mid block's input, the last level's.
    public var midChannels: Int { blockOutChannels[blockOutChannels.count - 1] }

    /// Channels that the mid block passes on.
    public var midOutChannels: Int { midBlockType == .valueFunctionMidBlock1D ? midChannels / 4 : midChannels }

    /// Channels that the up path ends with: what the out block reads, or the output where there is none.
    public var upOutChannels: Int {
        upBlockTypes.isEmpty ? midOutChannels : upBlocks[upBlockTypes.count - 1].outChannels
    }

    /// Channels that the sample must have: what the first convolution reads, less the time embedding where
    /// `DownBlock1DNoSkip` joins it. Whether `inChannels` or `extraInChannels` counts the embedding is the author's habit.
    /// Without down blocks the sample goes straight into the mid block.
    ///
    /// - Parameter fourierFrequencies: length of `time_proj.weight`; not looked at where the embedding is positional.
    public func sampleChannels(fourierFrequencies: Int) -> Int {
        switch downBlockTypes.first {
        case nil: midChannels
        case .downBlock1DNoSkip:
            inChannels + extraInChannels - timeEmbeddingWidth(fourierFrequencies: fourierFrequencies)
        default: inChannels + extraInChannels
        }
    }

    /// Whether `MidResTemporalBlock1D` ends with its strided convolution.
    public var midDownsamples: Bool { midBlockType == .midResTemporalBlock1D && downsampleEachBlock }

    /// `ResidualTemporalBlock1D` after the first of each resnet-type block.
    public var layers: Int { max(0, layersPerBlock) }

    /// Groups of the norm of `OutConv1DBlock`.
    public var outNormGroups: Int { normNumGroups ?? min(blockOutChannels[0] / 4, 32) }

    /// Frequencies of the Fourier embedding where no checkpoint says otherwise: what the version that wrote the file builds.
    /// Without a version, `timeEmbeddingDim` tells a newer one.
    public var defaultFourierFrequencies: Int {
        let isDerived =
            diffusersVersion.map { $0 >= .fourierWidthIsDerived } ?? (effectiveTimeEmbeddingDim != nil)
        return isDerived ? derivedFourierFrequencies : Self.fixedFourierFrequencies
    }

    /// Frequencies of the Fourier embedding in diffusers before 0.36.
    static let fixedFourierFrequencies = 8

    /// Frequencies of the Fourier embedding in diffusers from 0.36 on: half of `time_embedding_dim or 2 * c0`.
    var derivedFourierFrequencies: Int { effectiveTimeEmbeddingDim.map { $0 / 2 } ?? blockOutChannels.first ?? 0 }

    /// `timeEmbeddingDim`, of which diffusers takes zero for none.
    var effectiveTimeEmbeddingDim: Int? { timeEmbeddingDim == 0 ? nil : timeEmbeddingDim }

    /// Channels of the time embedding before the MLP: 2 · frequencies, or the first width where it is positional.
    public func timeEmbeddingWidth(fourierFrequencies: Int) -> Int {
        timeEmbeddingType == .fourier ? 2 * fourierFrequencies : blockOutChannels[0]
    }

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
