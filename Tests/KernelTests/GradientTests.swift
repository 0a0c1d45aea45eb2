import CKernels
import Testing

import KernelChecks
import KernelDispatch

struct GradientTests {
    static let activations = [
        KERNEL_ACTIVATION_NONE, KERNEL_ACTIVATION_GELU, KERNEL_ACTIVATION_MISH, KERNEL_ACTIVATION_SILU,
        KERNEL_ACTIVATION_RELU,
    ]

    /// Tiles of whole groups, and chunks with the sums of all.
    @Test(arguments: NormTests.shapes + [(16, 0), (17, 0), (66, 0)])
    func combine(channels: Int, groups: Int) {
        var picker = Picker(seed: UInt64(channels * 100 + groups))
        var checks: [CombineGradientCheck] = []
        for length in [1, 2, 3, 5, 16, 33, 257] where groups == 0 || length * channels > groups {
            for activation in Self.activations {
                for chunks in [0, 1, 3] where groups > 0 || chunks == 0 {
                    var check = CombineGradientCheck(channels: channels, groups: groups, length: length)
                    check.activation = activation
                    check.batch = picker.pick(length > 100 ? [1, 2] : [1, 2, 7])
                    check.mean = picker.pick([0, 1, -30])
                    check.isInPlace = picker.pick([true, false])
                    check.momentPositions = picker.pick([length, (length + 1) / 2])
                    if chunks > 0 {
                        check.chunkPositions = (length + chunks - 1) / chunks
                        check.tilePositions = picker.pick([1, 5, 64, 1000])
                        if groups == 1 || 16 % (channels / groups) == 0 {
                            check.tileChannels = picker.pick([16, 32, 128])
                        }
                    } else if groups > 0, 16 % (channels / groups) == 0 {
                        check.tileChannels = picker.pick([16, 32, 128])
                    } else if groups == 0 {
                        check.tilePositions = picker.pick([1, 5, 1000])
                        check.tileChannels = picker.pick([16, 32, 128])
                    }
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    @Test(arguments: [0, 1, 3])
    func combinePropagatesNaN(chunks: Int) {
        var check = CombineGradientCheck(channels: 32, groups: 8, length: 20)
        (check.batch, check.nanRow, check.activation) = (2, 13, KERNEL_ACTIVATION_MISH)
        if chunks > 0 { check.chunkPositions = 20 / chunks }
        expectNoFailures([check])
    }

    @Test(arguments: [1, 3, 16, 17, 66])
    func sumOfElements(channels: Int) {
        expectNoFailures(
            [1, 2, 7].flatMap { batch in
                [1, 5, 100].map {
                    SumElementsCheck(batch: batch, length: $0, channels: channels, tilePositions: 3)
                }
            })
    }

    @Test(arguments: [1, 2, 3, 11, 12, 13, 64, 127, 128, 129, 300], [1, 8, 32, 33, 64])
    func attention(length: Int, headSize: Int) {
        var checks: [AttentionGradientCheck] = []
        for (heads, batch, tile) in [(1, 1, length), (3, 1, 5), (2, 2, 32)] where length < 200 || headSize < 40 {
            var check = AttentionGradientCheck(length: length, headSize: headSize)
            (check.heads, check.batch, check.tilePositions) = (heads, batch, tile)
            check.scale = headSize > 32 ? 0.5 : 1
            checks.append(check)
        }
        expectNoFailures(checks)
    }
}
