/// The configuration of a `UNet1DModel`, field for field as diffusers 0.26.3 has it, and `time_embedding_dim` of newer versions.
///
/// A value may be inconsistent until a `Network` was made of it. Widths are channels.
public struct UNet1DConfiguration: Sendable, Hashable {
    /// Positions of a training sample; nothing in the model depends on it.
    public var sampleSize: Int?
    /// Samples a second of audio; nothing in the model depends on it.
    public var sampleRate: Int?
    /// Channels that the first down block reads, together with `extraInChannels`. `DownBlock1DNoSkip` takes some of them for the
    /// time embedding; the sample brings the others: `Network.sampleChannels`.
    public var inChannels: Int
    /// Channels of the output, where a block looks at it.
    public var outChannels: Int
    /// Channels that the first down block takes beyond `inChannels`.
    public var extraInChannels: Int
    /// How a timestep becomes a vector.
    public var timeEmbeddingType: TimeEmbeddingType
    /// Whether cosines come before sines.
    public var flipSinToCos: Bool
    /// Whether the time embedding goes through a multilayer perceptron.
    public var useTimestepEmbedding: Bool
    /// Shift of the frequencies of the positional embedding.
    public var freqShift: Double
    /// Down blocks, outermost first.
    public var downBlockTypes: [DownBlockType]
    /// Up blocks, innermost first.
    public var upBlockTypes: [UpBlockType]
    /// The block in the middle.
    public var midBlockType: MidBlockType
    /// The block at the end, or nil.
    public var outBlockType: OutBlockType?
    /// Widths of the levels, outermost first.
    public var blockOutChannels: [Int]
    /// Activation of the time MLP and of the out block.
    public var actFn: Activation?
    /// Groups of the norm of `OutConv1DBlock`; nil: a quarter of the first width, at most 32.
    public var normNumGroups: Int?
    /// Residual temporal blocks after the first of each resnet-type block; zero and less count as zero.
    public var layersPerBlock: Int
    /// Whether the last `DownResnetBlock1D` and `MidResTemporalBlock1D` downsample, too.
    public var downsampleEachBlock: Bool
    /// Width of the Fourier embedding, which diffusers reads from 0.36 on; nil: twice the first width there. Earlier versions have
    /// sixteen values whatever it is.
    public var timeEmbeddingDim: Int?
    /// The version of diffusers that wrote the file; nil: unknown. Decides where versions differ and no tensor tells.
    public var diffusersVersion: DiffusersVersion?

    /// A configuration, with diffusers' defaults for what is not given.
    ///
    /// The defaults alone do not run: `DownBlock1DNoSkip` needs `extraInChannels: 16`.
    public init(
        sampleSize: Int? = 65536,
        sampleRate: Int? = nil,
        inChannels: Int = 2,
        outChannels: Int = 2,
        extraInChannels: Int = 0,
        timeEmbeddingType: TimeEmbeddingType = .fourier,
        flipSinToCos: Bool = true,
        useTimestepEmbedding: Bool = false,
        freqShift: Double = 0,
        downBlockTypes: [DownBlockType] = [.downBlock1DNoSkip, .downBlock1D, .attnDownBlock1D],
        upBlockTypes: [UpBlockType] = [.attnUpBlock1D, .upBlock1D, .upBlock1DNoSkip],
        midBlockType: MidBlockType = .unetMidBlock1D,
        outBlockType: OutBlockType? = nil,
        blockOutChannels: [Int] = [32, 32, 64],
        actFn: Activation? = nil,
        normNumGroups: Int? = 8,
        layersPerBlock: Int = 1,
        downsampleEachBlock: Bool = false,
        timeEmbeddingDim: Int? = nil,
        diffusersVersion: DiffusersVersion? = nil
    ) {
        self.sampleSize = sampleSize
        self.sampleRate = sampleRate
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.extraInChannels = extraInChannels
        self.timeEmbeddingType = timeEmbeddingType
        self.flipSinToCos = flipSinToCos
        self.useTimestepEmbedding = useTimestepEmbedding
        self.freqShift = freqShift
        self.downBlockTypes = downBlockTypes
        self.upBlockTypes = upBlockTypes
        self.midBlockType = midBlockType
        self.outBlockType = outBlockType
        self.blockOutChannels = blockOutChannels
        self.actFn = actFn
        self.normNumGroups = normNumGroups
        self.layersPerBlock = layersPerBlock
        self.downsampleEachBlock = downsampleEachBlock
        self.timeEmbeddingDim = timeEmbeddingDim
        self.diffusersVersion = diffusersVersion
    }
}
