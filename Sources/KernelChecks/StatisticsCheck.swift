import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// The statistics of a GroupNorm, by chunks and tiles of channels, and merged to one of each group.
package struct StatisticsCheck: KernelCheck {
    package var channels: Int
    package var groups: Int
    package var length: Int
    package var batch = 1
    package var chunkPositions: Int
    package var tileChannels: Int
    package var mean: Float = 0
    package var deviation: Float = 1
    /// What is added to the first channel's first value of each batch element.
    package var outlier: Float = 0
    /// The input row, if any, that starts with a NaN.
    package var nanRow: Int?

    package init(channels: Int, groups: Int, length: Int, chunkPositions: Int) {
        self.channels = channels
        self.groups = groups
        self.length = length
        self.chunkPositions = chunkPositions
        tileChannels = padded(channels)
    }

    package var description: String {
        "statistics of \(length) positions, batch \(batch), \(channels) channels, \(groups) groups, chunks of "
            + "\(chunkPositions) × \(tileChannels), mean \(mean) ± \(deviation), outlier \(outlier), NaN \(nanRow.map(String.init) ?? "none")"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = normalInput(memory, rows: length * batch, channels: channels, mean: mean, deviation: deviation, seed: 1)
        for element in 0..<batch { x[element * padded(channels)] += outlier }
        if let nanRow { x[nanRow * padded(channels)] = .nan }
        let counts = partCounts
        let expected = memory.doubles(batch * counts.count * 2)
        let merged = memory.doubles(batch * groups * 2)
        if let failure = compute(KernelsReference.kernelTable(), x, expected, merged, memory) {
            return ["reference: \(failure)"]
        }
        let groupCounts = [Int](repeating: length * (channels / groups), count: groups)
        return collect(implementations, memory) { table in
            let partials = memory.doubles(batch * counts.count * 2)
            let got = memory.doubles(batch * groups * 2)
            return compute(table, x, partials, got, memory) ?? momentsDifference(partials, expected, counts)
                ?? momentsDifference(got, merged, groupCounts)
        }
    }

    /// Values of each part of a batch element, chunk by chunk.
    private var partCounts: [Int] {
        let chunks = ceilDivide(length, chunkPositions)
        return (0..<chunks).flatMap { chunk in
            let positions = min(chunkPositions, length - chunk * chunkPositions)
            if groups > 1 { return [Int](repeating: positions * (channels / groups), count: groups) }
            return (0..<ceilDivide(channels, tileChannels)).map {
                positions * min(tileChannels, channels - $0 * tileChannels)
            }
        }
    }

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ partials: UnsafeMutablePointer<Double>,
        _ merged: UnsafeMutablePointer<Double>, _ memory: CheckMemory
    ) -> String? {
        let width = padded(channels)
        let split = NormSplit(
            length: length, channels: channels, groups: groups, chunkPositions: chunkPositions,
            partChannels: tileChannels)
        var a = statistics_arguments(RowStrides(position: batch * width, row: width), split)
        a.x = x
        a.partials = partials
        var m = merge_arguments(split)
        m.partials = UnsafePointer(partials)
        m.merged = merged
        return run(
            table.statistics, a, tiles: batch * split.chunks * split.channelTiles,
            output: Output(partials, batch * split.batchStride), scratchBytes: a.scratch_bytes, in: memory)
            ?? run(
                table.merge, m, tiles: batch, output: Output(merged, batch * groups * 2), scratchBytes: 0, in: memory)
    }

    /// See `statisticsError`; an error of the mean adds its square to M2 for each value.
    private func momentsDifference(
        _ got: UnsafePointer<Double>, _ expected: UnsafePointer<Double>, _ counts: [Int]
    ) -> String? {
        for i in 0..<batch * counts.count {
            let count = Double(counts[i % counts.count])
            let (mean, squares) = (expected[2 * i], expected[2 * i + 1])
            let meanError = 0x1p-50 * abs(mean) + statisticsError * (squares / count).squareRoot()
            let squaresError = statisticsError * squares + count * meanError * meanError
            let isClose = abs(got[2 * i] - mean) <= meanError && abs(got[2 * i + 1] - squares) <= squaresError
            if mean.isNaN ? !(got[2 * i].isNaN && got[2 * i + 1].isNaN) : !isClose {
                return "partial \(i) is (\(got[2 * i]), \(got[2 * i + 1])) instead of (\(mean), \(squares)), allowed "
                    + "(\(meanError), \(squaresError))"
            }
        }
        return nil
    }
}

/// Sums of distances and of their squares may be kept in floats for runs of up to 256 positions: this is their relative
/// error, against the deviation for the mean and against itself for M2. Neither depends on the mean's size, but for its rounding in Double.
let statisticsError = sumError(terms: 256)

/// Rows of uniform numbers with a mean and a deviation.
func normalInput(
    _ memory: CheckMemory, rows: Int, channels: Int, mean: Float, deviation: Float, seed: UInt64
) -> UnsafeMutablePointer<Float> {
    memory.rows(rows, channels: channels, seed: seed, scale: Float(3.0.squareRoot()) * deviation, offset: mean)
}

extension StatisticsCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var check = StatisticsCheck(channels: 24, groups: 8, length: 50, chunkPositions: 32)
        (check.batch, check.mean) = (2, 10)
        return [check]
    }
}
