import CKernels
import Testing

import KernelChecks
import KernelDispatch

struct NormTests {
    /// Channels and groups, some of them no multiple of a vector.
    static let shapes = [
        (16, 1), (32, 8), (24, 8), (9, 3), (66, 1), (14, 1), (128, 8), (64, 32), (3, 3), (48, 1), (96, 2), (256, 8),
    ]
    static let lengths = [1, 2, 3, 5, 16, 33, 255, 256, 257, 1000]

    @Test(arguments: shapes)
    func statistics(channels: Int, groups: Int) {
        var checks: [StatisticsCheck] = []
        for length in Self.lengths {
            for (chunk, batch, mean) in [(length, 1, Float(0)), ((length + 2) / 3, 2, 10), (7, 7, -1000)] {
                var check = StatisticsCheck(channels: channels, groups: groups, length: length, chunkPositions: chunk)
                (check.batch, check.mean) = (batch, mean)
                checks.append(check)
                // Parts of channels, or whole groups.
                check.tileChannels = groups == 1 ? 16 : channels / groups % 16 == 0 ? channels / groups : 16
                if groups == 1 || check.tileChannels % (channels / groups) == 0 { checks.append(check) }
            }
        }
        expectNoFailures(checks)
    }

    /// An outlier at the first position, where a sum of squares about that position would lose its digits.
    @Test(arguments: shapes, [Float(100), -1000])
    func statisticsOfAnOutlier(shape: (channels: Int, groups: Int), outlier: Float) {
        let checks = [1, 2, 257, 1024, 5000].map { length in
            var check = StatisticsCheck(
                channels: shape.channels, groups: shape.groups, length: length, chunkPositions: length)
            (check.batch, check.outlier) = (2, outlier)
            return check
        }
        expectNoFailures(checks)
    }

    @Test(arguments: shapes)
    func statisticsPropagateNaN(channels: Int, groups: Int) {
        var check = StatisticsCheck(channels: channels, groups: groups, length: 50, chunkPositions: 16)
        (check.batch, check.nanRow) = (2, 37)
        expectNoFailures([check])
    }

    /// Statistics by chunks and of its own, with every activation, operand and place.
    @Test(arguments: shapes + [(16, 0), (24, 0), (66, 0)])
    func combine(channels: Int, groups: Int) {
        var picker = Picker(seed: UInt64(channels * 100 + groups))
        var checks: [CombineCheck] = []
        for length in [1, 2, 5, 16, 33, 257, 1000] {
            for activation in activations {
                for chunks in [0, 1, 3] where groups > 0 || chunks == 1 {
                    var check = CombineCheck(channels: channels, groups: groups, length: length)
                    check.activation = activation
                    check.batch = picker.pick(length > 100 ? [1, 2] : [1, 2, 7])
                    (check.hasResidual, check.hasBias) = picker.pick([
                        (false, false), (true, false), (false, true), (true, true),
                    ])
                    check.hasFactor = picker.pick([false, false, true])
                    check.mean = picker.pick([0, 1, -30])
                    check.place = picker.pick(
                        check.hasResidual ? [.apart, .overX, .overResidual] : [.apart, .overX])
                    check.broadcast = picker.pick([[], [], [.bias], [.residual, .bias], [.x, .residual], [.factor]])
                    if check.place == .overX { check.broadcast.remove(.x) }
                    if check.place == .overResidual { check.broadcast.remove(.residual) }
                    if chunks > 0 {
                        check.chunkPositions = (length + chunks - 1) / chunks
                        check.tilePositions = picker.pick([1, 5, 64, 1000])
                        check.tileChannels = picker.pick([16, 32, 128])
                    } else if groups > 0, 16 % (channels / groups) == 0 {
                        check.tileChannels = picker.pick([16, 32, 128])
                    } else if groups > 0, channels / groups % 16 == 0 {
                        check.tileChannels = channels / groups
                    }
                    checks.append(check)
                }
            }
        }
        expectNoFailures(checks)
    }

    /// A NaN reaches its group of its batch element, or without a norm its element, and no other.
    @Test(arguments: [0, 1, 3], activations)
    func combinePropagatesNaN(chunks: Int, activation: kernel_activation) {
        var checks: [CombineCheck] = []
        for (channels, groups) in [(32, 8), (24, 8), (66, 1), (48, 1), (96, 2), (128, 8), (32, 0)] {
            var check = CombineCheck(channels: channels, groups: groups, length: 50)
            (check.batch, check.activation, check.nanRow) = (2, activation, 37)
            if chunks > 0 { check.chunkPositions = 50 / chunks + 1 }
            checks.append(check)
        }
        expectNoFailures(checks)
    }

    /// Equal inputs have no variance: the norm gives the shift, and nothing is divided by zero.
    @Test(arguments: [Float(0), 1, -1000.1], [nil, 1, 64, 300] as [Int?])
    func constantInput(value: Float, chunkPositions: Int?) {
        var checks: [CombineCheck] = []
        for (channels, groups) in [(16, 1), (24, 8), (66, 1), (128, 8)] {
            for length in [3, 4, 300] {
                var check = CombineCheck(channels: channels, groups: groups, length: length)
                (check.mean, check.deviation, check.chunkPositions) = (value, 0, chunkPositions)
                checks.append(check)
            }
        }
        expectNoFailures(checks)
    }

    /// A mean a thousand times the deviation over many positions. The tolerance, about 5·10⁻⁶, leaves no room for an
    /// error that grows with the mean: rounding it to float would move the output by 3·10⁻⁵.
    @Test(arguments: [nil, 65536, 1024, 1000])
    func largeMean(chunkPositions: Int?) {
        var check = CombineCheck(channels: 16, groups: 2, length: 65536)
        (check.mean, check.chunkPositions) = (1000, chunkPositions)
        expectNoFailures([check])
    }

    /// A large mean, an outlier, and channels with means of their own, where whole vectors of a group are summed together.
    /// Lengths surround those at which the number of vectors changes.
    @Test(arguments: [4, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257], [16, 32])
    func momentsOfVectors(length: Int, groupWidth: Int) {
        let checks = [(mean: Float(1000), outlier: Float(0), slope: Float(0)), (0, -1000, 0), (-30, 100, 1)].map {
            var check = CombineCheck(channels: 4 * groupWidth, groups: 4, length: length)
            (check.mean, check.outlier, check.slope) = $0
            check.batch = 2
            return check
        }
        expectNoFailures(checks)
    }
}

let activations = [
    KERNEL_ACTIVATION_NONE, KERNEL_ACTIVATION_GELU, KERNEL_ACTIVATION_MISH, KERNEL_ACTIVATION_SILU,
    KERNEL_ACTIVATION_RELU,
]

struct ActivationTests {
    /// Densely where the functions bend, and wide; each besides the least and greatest numbers, infinities and NaN.
    @Test(arguments: activations, [(200_000, 30.0), (20_000, 1e-3), (20_000, 200)])
    func isAccurate(activation: kernel_activation, scan: (count: Int, limit: Double)) {
        expectNoFailures([ActivationCheck(activation: activation, count: scan.count, limit: scan.limit)])
    }
}
