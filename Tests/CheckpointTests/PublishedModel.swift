import Checkpoint

/// Models that people have published, with the number of parameters that PyTorch counts.
enum PublishedModel: CaseIterable, Sendable {
    case smallAudio, danceDiffusion, planner32, planner128, valueFunction32

    var parameters: Int {
        switch self {
        case .smallAudio: 711_466
        case .danceDiffusion: 221_389_322
        case .planner32: 3_956_302
        case .planner128: 3_683_918
        case .valueFunction32: 2_294_817
        }
    }

    var configuration: UNet1DConfiguration {
        switch self {
        case .smallAudio: UNet1DConfiguration(extraInChannels: 16)
        case .danceDiffusion:
            UNet1DConfiguration(
                sampleRate: 16000, extraInChannels: 16,
                downBlockTypes: [.downBlock1DNoSkip] + Array(repeating: .downBlock1D, count: 7)
                    + Array(repeating: .attnDownBlock1D, count: 5),
                upBlockTypes: Array(repeating: .attnUpBlock1D, count: 5) + Array(repeating: .upBlock1D, count: 7)
                    + [.upBlock1DNoSkip],
                blockOutChannels: [128, 128, 256, 256] + Array(repeating: 512, count: 9))
        case .planner32: Self.planner([32, 64, 128, 256])
        case .planner128: Self.planner([32, 128, 256])
        case .valueFunction32:
            UNet1DConfiguration(
                inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, flipSinToCos: false,
                useTimestepEmbedding: true, freqShift: 1,
                downBlockTypes: Array(repeating: .downResnetBlock1D, count: 4), upBlockTypes: [],
                midBlockType: .valueFunctionMidBlock1D, outBlockType: .valueFunction,
                blockOutChannels: [32, 64, 128, 256], actFn: .mish, downsampleEachBlock: true)
        }
    }

    private static func planner(_ widths: [Int]) -> UNet1DConfiguration {
        UNet1DConfiguration(
            inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, flipSinToCos: false,
            useTimestepEmbedding: true, freqShift: 1,
            downBlockTypes: Array(repeating: .downResnetBlock1D, count: widths.count),
            upBlockTypes: Array(repeating: .upResnetBlock1D, count: widths.count - 1),
            midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: widths, actFn: .mish)
    }
}
