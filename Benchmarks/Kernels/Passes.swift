import CKernels

/// The operations that pass once over an activation: `length` positions of `channels`, batch 1, 1 MiB.
struct Pass {
    private let channels = 128
    private let length = 2048
    private let groups = 8
    private let chunks = 16
    private let tilePositions = 256

    private var count: Int { length * channels }
    private var width: Int { channels }

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

        var a = combine_arguments()
        (a.x, a.x_position_stride, a.x_batch_stride) = (UnsafePointer(x), width, width)
        (a.residual, a.residual_position_stride) = (UnsafePointer(buffers.uniform(count)), width)
        a.residual_batch_stride = width
        (a.y, a.y_position_stride, a.y_batch_stride) = (buffers.floats(count), width, width)
        (a.length, a.channels, a.groups) = (length, width, groups)
        (a.gain, a.shift) = (UnsafePointer(buffers.uniform(channels)), UnsafePointer(buffers.uniform(channels)))
        (a.partials, a.partials_batch_stride) = (UnsafePointer(statistics.partials), 2 * chunks * groups)
        (a.chunk_positions, a.chunks) = (statistics.chunk_positions, statistics.chunks)
        a.part_channels = statistics.tile_channels
        a.activation = Int(activation.rawValue)
        let tiles = length / tilePositions
        (a.tile_positions, a.position_tiles) = (tilePositions, tiles)
        (a.tile_channels, a.channel_tiles) = (width, 1)
        a.scratch_bytes = 32 * width
        return KernelCase(
            table.combine, a, tiles: tiles, scratchBytes: 32 * channels, work: .bytes(12 * count), in: buffers)
    }

    /// FIR resampling to half the length: reads an activation, writes half of one.
    func downsample(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let a = resample_arguments(
            x: UnsafePointer(buffers.uniform(count)), y: buffers.floats(count / 2),
            taps: UnsafePointer(buffers.uniform(8)), length: length, output_length: length / 2,
            width: width, tile_positions: tilePositions)
        return KernelCase(
            table.downsample, a, tiles: length / 2 / tilePositions, work: .bytes(6 * count), in: buffers)
    }

    private func statisticsArguments(_ x: UnsafeMutablePointer<Float>, _ buffers: Buffers) -> statistics_arguments {
        let partials = 2 * chunks * groups
        var a = statistics_arguments()
        (a.x, a.position_stride, a.batch_stride) = (UnsafePointer(x), width, width)
        (a.length, a.channels, a.groups) = (length, width, groups)
        (a.chunk_positions, a.chunks) = (length / chunks, chunks)
        (a.tile_channels, a.channel_tiles) = (width, 1)
        a.partials = buffers.bytes(8 * partials).bindMemory(to: Double.self, capacity: partials)
        a.scratch_bytes = 16 * width
        return a
    }
}
