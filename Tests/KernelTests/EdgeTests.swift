import CKernels
import Testing

import KernelChecks
import KernelDispatch

struct EdgeTests {
    static let lengths = [1, 2, 3, 15, 16, 17, 31, 33, 100]

    @Test(arguments: lengths, [1, 2, 7])
    func gather(length: Int, batch: Int) {
        var checks: [GatherCheck] = []
        for channels in [1, 2, 14, 16, 17, 33] {
            for embeddingChannels in [0, 1, 16, 30] {
                for shares in [false, true] {
                    var check = GatherCheck(
                        length: length, channels: channels, tilePositions: [1, 5, 16, 1000][channels % 4])
                    (check.batch, check.embeddingChannels) = (batch, embeddingChannels)
                    (check.sharesSample, check.sharesEmbedding) = (shares && batch == 7, shares)
                    check.positionPadding = channels % 2 * 16
                    check.isPositionsFirst = channels % 3 == 2
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    @Test(arguments: lengths, [1, 2, 7])
    func scatter(length: Int, batch: Int) {
        expectNoFailures(
            [1, 2, 14, 16, 17, 33].map { channels in
                var check = ScatterCheck(
                    length: length, channels: channels, tilePositions: [1, 5, 16, 1000][channels % 4])
                (check.batch, check.positionPadding) = (batch, channels % 2 * 16)
                check.isPositionsFirst = channels % 3 == 2
                return check
            })
    }

    @Test(arguments: [1, 2, 5, 16, 17], [1, 2, 7])
    func flatten(length: Int, batch: Int) {
        expectNoFailures(
            [(1, 1), (3, 0), (14, 32), (16, 16), (33, 7)].map { channels, embeddingChannels in
                var check = FlattenCheck(length: length, channels: channels, embeddingChannels: embeddingChannels)
                (check.batch, check.positionPadding) = (batch, channels % 2 * 16)
                return check
            })
    }

    @Test(arguments: [1, 2, 7], [1, 8, 16, 33])
    func embedding(count: Int, half: Int) {
        expectNoFailures(
            [(true, true), (true, false), (false, true), (false, false)].flatMap { isCosineFirst, roundsTimestep in
                [0.1, 999, 123_456_789.1].map { greatest in
                    EmbeddingCheck(
                        count: count, half: half, isCosineFirst: isCosineFirst, roundsTimestep: roundsTimestep,
                        greatest: greatest)
                }
            })
    }
}

struct WeightTests {
    /// All patterns of the 16-bit types, subnormal, infinite and NaN ones included.
    @Test(arguments: [KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16])
    func widens16Bits(element: kernel_element) {
        expectNoFailures([WidenCheck(element: element, count: 65536)])
    }

    @Test(arguments: [KERNEL_ELEMENT_F32, KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16, KERNEL_ELEMENT_F64])
    func widens(element: kernel_element) {
        expectNoFailures([0, 1, 3, 7, 15, 16, 17, 31, 33, 1000].map { WidenCheck(element: element, count: $0) })
    }

    /// Ends of the range, halves of last places, subnormals, NaN, and random bits.
    @Test(arguments: [KERNEL_ELEMENT_F16, KERNEL_ELEMENT_BF16])
    func narrows(element: kernel_element) {
        expectNoFailures([1, 3, 16, 17, 33, 1000, 200_000].map { NarrowCheck(element: element, count: $0) })
    }

    @Test(arguments: [0, 1, 5, 0xFFFF_FFFD, 1 << 40] as [Int])
    func uniform(first: Int) {
        expectNoFailures(
            [1, 2, 7, 16, 33, 1000].flatMap { count in
                [(Float(1), Float(0)), (0.037, 0), (0.3, 1)].map { scale, offset in
                    UniformCheck(
                        hash: 0xCBF2_9CE4_8422_2325, first: first, count: count, scale: scale, offset: offset)
                }
            })
    }
}
