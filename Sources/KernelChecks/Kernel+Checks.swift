package import KernelArguments

extension Kernel {
    /// A few small cases of it, with sizes that are no multiples of any tile.
    package var checks: [any KernelCheck] {
        switch self {
        case .convolution: ConvolutionCheck.samples
        case .convolutionBFloat: ConvolutionCheck.bfloatSamples
        case .winograd: WinogradCheck.samples
        case .statistics, .merge: StatisticsCheck.samples
        case .combine: CombineCheck.samples + ActivationCheck.samples
        case .combineKeeping: CombineCheck.keepingSamples
        case .combineGradient, .combineGradientBegin, .combineGradientEnd: CombineGradientCheck.samples
        case .sumElements: [SumElementsCheck(batch: 3, length: 9, channels: 20, tilePositions: 4)]
        case .downsample: [ResampleCheck(direction: .down, length: 25, width: 48, tilePositions: 5)]
        case .upsample: [ResampleCheck(direction: .up, length: 25, width: 48, tilePositions: 7)]
        case .downsampleGradient:
            [ResampleCheck(direction: .downGradient, length: 25, width: 48, tilePositions: 5)]
        case .upsampleGradient: [ResampleCheck(direction: .upGradient, length: 25, width: 48, tilePositions: 7)]
        case .attentionGradientQueries, .attentionGradientKeys: AttentionGradientCheck.samples
        case .transposeKeys, .attention: AttentionCheck.samples
        case .pairHeads, .attentionBFloat: AttentionCheck.bfloatSamples
        case .gather: [GatherCheck(length: 37, channels: 5, tilePositions: 16)]
        case .scatter: [ScatterCheck(length: 37, channels: 5, tilePositions: 16)]
        case .embedding:
            [EmbeddingCheck(count: 3, half: 9, isCosineFirst: true, roundsTimestep: true, greatest: 1000)]
        case .flatten: [FlattenCheck(length: 5, channels: 7, embeddingChannels: 9)]
        case .packConvolution: PackCheck.samples
        case .packWinograd: WinogradCheck.samples
        case .widen: WidenCheck.samples
        case .narrow: NarrowCheck.samples
        case .uniform: [UniformCheck(hash: 7, first: 3, count: 101, scale: 0.3, offset: 1)]
        case .step: StepCheck.samples
        }
    }
}
