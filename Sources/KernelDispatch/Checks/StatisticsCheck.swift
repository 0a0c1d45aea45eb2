import CKernels
import KernelsReference

/// The statistics of a GroupNorm, by chunks.
package struct StatisticsCheck: KernelCheck {
    package var channels: Int
    package var groups: Int
    package var length: Int
    package var batch = 1
    package var chunkPositions: Int
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
    }

    package var description: String {
        "statistics of \(length) positions, batch \(batch), \(channels) channels, \(groups) groups, chunks of "
            + "\(chunkPositions), mean \(mean) ± \(deviation), outlier \(outlier), NaN \(nanRow.map(String.init) ?? "none")"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let x = normalInput(memory, rows: length * batch, channels: channels, mean: mean, deviation: deviation, seed: 1)
        for element in 0..<batch { x[element * paddedChannels(channels)] += outlier }
        if let nanRow { x[nanRow * paddedChannels(channels)] = .nan }
        let chunks = pieces(length, of: chunkPositions)
        let count = batch * chunks * groups * 2
        let expected = memory.doubles(count)
        if let failure = compute(KernelsReference.kernelTable(), x, expected, memory) {
            return ["reference: \(failure)"]
        }
        return collect(implementations, memory) { table in
            let partials = memory.doubles(count)
            return compute(table, x, partials, memory) ?? momentsDifference(partials, expected, chunks)
        }
    }

    private func compute(
        _ table: kernel_table, _ x: UnsafePointer<Float>, _ partials: UnsafeMutablePointer<Double>,
        _ memory: CheckMemory
    ) -> String? {
        let chunks = pieces(length, of: chunkPositions)
        let width = paddedChannels(channels)
        var a = statistics_arguments()
        a.x = x
        (a.position_stride, a.batch_stride) = (Int64(batch * width), Int64(width))
        (a.length, a.channels, a.groups) = (Int64(length), Int64(channels), Int64(groups))
        (a.chunk_positions, a.chunks) = (Int64(chunkPositions), Int64(chunks))
        a.partials = partials
        a.scratch_bytes = Int64(16 * width)
        return run(
            table.statistics, a, tiles: batch * chunks, output: Output(partials, batch * chunks * groups * 2),
            scratchBytes: 16 * width, in: memory)
    }

    /// See `statisticsError`; an error of the mean adds its square to M2 for each value.
    private func momentsDifference(
        _ got: UnsafePointer<Double>, _ expected: UnsafePointer<Double>, _ chunks: Int
    ) -> String? {
        for i in 0..<batch * chunks * groups {
            let positions = min(chunkPositions, length - i / groups % chunks * chunkPositions)
            let count = Double(positions * (channels / groups))
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
