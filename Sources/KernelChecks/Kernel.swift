import CKernels

/// The kernels of a table: the one list that the self-test and the tests go through.
package enum Kernel: String, CaseIterable, Sendable {
    case convolution, winograd, statistics, merge, combine, downsample, upsample, transposeKeys, attention
    case gather, scatter, embedding, flatten, packConvolution, packWinograd, widen, uniform

    /// Its function in a table.
    package var function: WritableKeyPath<kernel_table, kernel_function?> {
        switch self {
        case .convolution: \.convolution
        case .winograd: \.winograd
        case .statistics: \.statistics
        case .merge: \.merge
        case .combine: \.combine
        case .downsample: \.downsample
        case .upsample: \.upsample
        case .transposeKeys: \.transpose_keys
        case .attention: \.attention
        case .gather: \.gather
        case .scatter: \.scatter
        case .embedding: \.embedding
        case .flatten: \.flatten
        case .packConvolution: \.pack_convolution
        case .packWinograd: \.pack_winograd
        case .widen: \.widen
        case .uniform: \.uniform
        }
    }

    /// A few small cases of it, with sizes that are no multiples of any tile.
    package var checks: [any KernelCheck] {
        switch self {
        case .convolution: ConvolutionCheck.samples
        case .winograd: WinogradCheck.samples
        case .statistics, .merge: StatisticsCheck.samples
        case .combine: CombineCheck.samples + ActivationCheck.samples
        case .downsample: [ResampleCheck(direction: .down, length: 25, width: 48, tilePositions: 5)]
        case .upsample: [ResampleCheck(direction: .up, length: 25, width: 48, tilePositions: 7)]
        case .transposeKeys, .attention: AttentionCheck.samples
        case .gather: [GatherCheck(length: 37, channels: 5, tilePositions: 16)]
        case .scatter: [ScatterCheck(length: 37, channels: 5, tilePositions: 16)]
        case .embedding:
            [EmbeddingCheck(count: 3, half: 9, isCosineFirst: true, roundsTimestep: true, greatest: 1000)]
        case .flatten: [FlattenCheck(length: 5, channels: 7, embeddingChannels: 9)]
        case .packConvolution: PackCheck.samples
        case .packWinograd: WinogradCheck.samples
        case .widen: WidenCheck.samples
        case .uniform: [UniformCheck(hash: 7, first: 3, count: 101, scale: 0.3, offset: 1)]
        }
    }
}
