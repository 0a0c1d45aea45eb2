import CKernels
package import KernelDispatch

extension Implementation {
    /// Runs a few small cases of every kernel and compares them with the reference.
    ///
    /// Takes well under a second. Allocates; must not be called while a session runs.
    ///
    /// - Returns: what differs, a sentence each with the kernel, its sizes and the numbers; empty if all is well.
    package func selfTest() -> [String] {
        Implementation.selfTestCases.flatMap { $0.failures(of: [self], guarded: false) }
    }

    /// Every kernel once or more, with sizes that are no multiples of any tile.
    private static var selfTestCases: [any KernelCheck] {
        var convolution = ConvolutionCheck(length: 29, outputs: 50)
        (convolution.batch, convolution.channels, convolution.skipChannels) = (2, 33, 14)
        (convolution.taps, convolution.padding, convolution.tileRows) = (5, 2, 24)
        var strided = ConvolutionCheck(length: 20, outputs: 17)
        (strided.batch, strided.taps, strided.padding, strided.stride) = (2, 3, 1, 2)
        strided.layout = .segmentPerElement
        var winograd = WinogradCheck(length: 29, outputs: 50)
        (winograd.batch, winograd.channels, winograd.skipChannels, winograd.tileGroups) = (2, 33, 14, 12)
        var wideGroups = winograd
        wideGroups.form = .f65
        var widestGroups = winograd
        widestGroups.form = .f85
        var withTail = wideGroups
        (withTail.length, withTail.tailGroups) = (27, 1)
        var wholeSequence = WinogradCheck(length: 4, outputs: 50)
        (wholeSequence.batch, wholeSequence.form, wholeSequence.tileElements) = (7, .whole4, 4)
        var pairOfPositions = WinogradCheck(length: 2, outputs: 50)
        (pairOfPositions.batch, pairOfPositions.form, pairOfPositions.tileElements) = (7, .whole2, 4)
        var statistics = StatisticsCheck(channels: 24, groups: 8, length: 50, chunkPositions: 32)
        (statistics.batch, statistics.mean) = (2, 10)
        var combine = CombineCheck(channels: 24, groups: 8, length: 50)
        (combine.batch, combine.activation, combine.chunkPositions) = (2, KERNEL_ACTIVATION_MISH, 32)
        (combine.hasResidual, combine.hasBias) = (true, true)
        var groupsOfVectors = CombineCheck(channels: 64, groups: 2, length: 5)
        (groupsOfVectors.batch, groupsOfVectors.slope, groupsOfVectors.outlier) = (2, 1, 100)
        var attention = AttentionCheck(length: 70, headSize: 33)
        (attention.heads, attention.scale, attention.tileQueries) = (2, 2, 32)
        var mapped = PackCheck(outputs: 66, channels: 66, taps: 1)
        mapped.headSize = 33
        let activations = [
            KERNEL_ACTIVATION_GELU, KERNEL_ACTIVATION_MISH, KERNEL_ACTIVATION_SILU, KERNEL_ACTIVATION_RELU,
        ].map { ActivationCheck(activation: $0, count: 500, limit: 12) as any KernelCheck }
        let elements = [
            KERNEL_ELEMENT_F32, KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16, KERNEL_ELEMENT_F64,
        ].map { WidenCheck(element: $0, count: 1001) as any KernelCheck }
        return activations + elements + [
            convolution, strided, winograd, wideGroups, widestGroups, withTail, wholeSequence, pairOfPositions, mapped,
            statistics, combine, groupsOfVectors, attention,
            ResampleCheck(direction: .down, length: 25, width: 48, tilePositions: 5),
            ResampleCheck(direction: .up, length: 25, width: 48, tilePositions: 7),
            GatherCheck(length: 37, channels: 5, tilePositions: 16),
            ScatterCheck(length: 37, channels: 5, tilePositions: 16),
            FlattenCheck(length: 5, channels: 7, embeddingChannels: 9),
            EmbeddingCheck(count: 3, half: 9, isCosineFirst: true, roundsTimestep: true, greatest: 1000),
            UniformCheck(hash: 7, first: 3, count: 101, scale: 0.3, offset: 1),
        ]
    }
}
