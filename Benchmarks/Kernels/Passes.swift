import CKernels
import KernelArguments

/// The operations that pass once over an activation: `length` positions of `channels`, batch 1, 1 MiB.
struct Pass {
    private let channels = 128
    private let length = 2048
    private let groups = 8
    private let chunks = 16
    private let tilePositions = 256

    private var count: Int { length * channels }
    private var rows: RowStrides { RowStrides(position: channels, row: channels) }
    private var split: NormSplit {
        NormSplit(
            length: length, channels: channels, groups: groups, chunkPositions: length / chunks,
            partChannels: channels)
    }

    /// Means and squares of a GroupNorm: reads the activation.
    func statistics(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let a = statisticsArguments(buffers.uniform(count), buffers)
        return KernelCase(
            table.statistics, a, tiles: chunks, scratchBytes: a.scratch_bytes, work: .bytes(4 * count), in: buffers
        )
    }

    /// Norm, activation and residual: reads two activations, writes one.
    func combine(_ table: kernel_table, _ activation: kernel_activation) -> KernelCase {
        let buffers = Buffers(table)
        let x = buffers.uniform(count)
        var statistics = statisticsArguments(x, buffers)
        let statisticsScratch = buffers.bytes(statistics.scratch_bytes)
        for chunk in 0..<chunks { table.statistics(&statistics, chunk, statisticsScratch) }

        var a = combine_arguments(
            x: rows, y: rows, length: length, channels: channels, groups: groups, partials: split,
            activation: activation, residual: rows, tilePositions: tilePositions, tileChannels: channels)
        a.x = UnsafePointer(x)
        a.residual = UnsafePointer(buffers.uniform(count))
        a.y = buffers.floats(count)
        (a.gain, a.shift) = (UnsafePointer(buffers.uniform(channels)), UnsafePointer(buffers.uniform(channels)))
        a.partials = UnsafePointer(statistics.partials)
        return KernelCase(
            table.combine, a, tiles: a.position_tiles, scratchBytes: a.scratch_bytes, work: .bytes(12 * count),
            in: buffers)
    }

    /// FIR resampling to half the length: reads an activation, writes half of one.
    func downsample(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        var a = resample_arguments(
            length: length, outputLength: length / 2, width: channels, tilePositions: tilePositions)
        (a.x, a.y) = (UnsafePointer(buffers.uniform(count)), buffers.floats(count / 2))
        a.taps = UnsafePointer(buffers.uniform(8))
        return KernelCase(
            table.downsample, a, tiles: a.tiles, work: .bytes(6 * count), in: buffers)
    }

    private func statisticsArguments(_ x: UnsafeMutablePointer<Float>, _ buffers: Buffers) -> statistics_arguments {
        var a = statistics_arguments(rows, split)
        a.x = UnsafePointer(x)
        a.partials = buffers.bytes(8 * split.batchStride).bindMemory(to: Double.self, capacity: split.batchStride)
        return a
    }
}
