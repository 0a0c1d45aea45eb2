import CKernels
import KernelArguments

/// What a range of tiles of one operation touches in the arena and among the packed weights, each byte about once: tiles that
/// one worker runs after another find in its caches what they share. The caller's sample and output are not counted, nor
/// what a follower reads of the tile that was just written.
struct AccessWalk {
    let plan: Plan
    let operation: Plan.Operation
    private(set) var accesses: [MemoryAccess] = []

    /// - Parameter tiles: a range of the operation's tiles.
    init(_ plan: Plan, _ operation: Plan.Operation, tiles: Range<Int>) {
        self.plan = plan
        self.operation = operation
        guard !tiles.isEmpty else { return }
        walk(operation.work, tiles)
        if let follower = operation.follower { follow(follower, tiles) }
    }

    private mutating func walk(_ work: Work, _ tiles: Range<Int>) {
        switch work {
        case .gather(let a, let embedding, let y):
            let positions = positions(tiles, a.tile_positions, a.length)
            if let embedding { read(embedding, floats: a.embedding_channels) }
            write(y, positions, stride: a.position_stride, width: a.batch * a.padded_channels)
        case .embedding(let a, let frequencies, let timesteps, let y):
            weights(frequencies)
            read(timesteps, floats: 2 * a.count)
            write(y, floats: a.count * a.y_stride)
        case .convolution(let a, let first, let second, let weights, let bias, let y):
            convolution(a, [first, second].compactMap(\.self), y, tiles)
            columns(weights, tiles, of: a.column_tiles)
            self.weights(bias)
        case .winograd(let a, let first, let second, let weights, let bias, let y):
            winograd(a, [first, second].compactMap(\.self), y, tiles)
            columns(weights, tiles, of: a.column_tiles)
            self.weights(bias)
        case .statistics(let a, let x, let partials):
            block(
                .read(buffer: x.buffer), x, tiles, grid: (a.chunks, a.channel_tiles),
                tile: (a.chunk_positions, a.tile_channels), length: a.length, channels: a.channels,
                strides: (a.position_stride, a.batch_stride))
            let parts = a.groups == 1 ? a.channel_tiles : a.groups
            self.partials(
                partials, tiles, of: operation.tileCount,
                floats: 4 * parts * operation.tileCount / a.channel_tiles)
        case .merge(let a, let partials, let merged):
            let parts = a.groups == 1 ? ceilDivide(padded(a.channels), a.part_channels) : a.groups
            self.partials(partials, tiles, of: 1, floats: 4 * a.chunks * parts, isRead: true)
            self.partials(merged, tiles, of: 1, floats: 4 * a.groups)
        case .combine(let a, let x, let residual, let bias, let gain, let shift, let partials, let y):
            let grid = (a.position_tiles, a.channel_tiles)
            let tile = (a.tile_positions, a.tile_channels)
            let channels = padded(a.channels)
            block(
                .read(buffer: x.buffer), x, tiles, grid: grid, tile: tile, length: a.length, channels: channels,
                strides: (a.x_position_stride, a.x_batch_stride))
            if let residual {
                block(
                    .read(buffer: residual.buffer), residual, tiles, grid: grid, tile: tile, length: a.length,
                    channels: channels, strides: (a.residual_position_stride, a.residual_batch_stride))
            }
            block(
                .written(buffer: y.buffer), y, tiles, grid: grid, tile: tile, length: a.length, channels: channels,
                strides: (a.y_position_stride, a.y_batch_stride))
            if let bias { read(bias, floats: channels) }
            if let partials { read(partials, floats: 2 * a.partials_batch_stride) }
            for vector in [gain, shift].compactMap(\.self) { weights(vector) }
        case .downsample(let a, let x, let taps, let y), .upsample(let a, let x, let taps, let y):
            let written = positions(tiles, a.tile_positions, a.output_length)
            let isDown = operation.kind == .downsample
            let first = isDown ? 2 * written.lowerBound - 3 : written.lowerBound / 2 - 2
            let end = isDown ? 2 * written.upperBound + 3 : written.upperBound / 2 + 2
            read(x, max(0, first)..<min(a.length, end), stride: a.width, width: a.width)
            write(y, written, stride: a.width, width: a.width)
            weights(taps)
        case .transposeKeys(let a, let k, let y):
            for (heads, panels) in TileBlocks(tiles, inner: a.panel_tiles).blocks {
                let columns = plan.implementation.table.geometry.panel_columns
                let tileColumns = a.tile_panels * columns
                let keys = panels.lowerBound * tileColumns..<min(a.length, panels.upperBound * tileColumns)
                for head in heads {
                    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
                    read(
                        k, keys, stride: a.position_stride, width: a.head_size,
                        offset: b * a.batch_stride + h * a.head_stride)
                    // The last panel is padded.
                    write(
                        y, keys.lowerBound..<roundUp(keys.upperBound, columns), stride: a.head_size,
                        width: a.head_size, offset: head * a.y_head_stride)
                }
            }
        case .attention(let a, let q, let keys, let v, let y):
            for (heads, queries) in TileBlocks(tiles, inner: a.query_tiles).blocks {
                let tile = a.tile_queries
                let rows = queries.lowerBound * tile..<min(a.length, queries.upperBound * tile)
                for head in heads {
                    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
                    let width = a.head_stride
                    let channel = h * width
                    read(
                        q, rows, stride: a.q_position_stride, width: width,
                        offset: b * a.q_batch_stride + channel)
                    read(keys, 0..<1, stride: 0, width: a.keys_head_stride, offset: head * a.keys_head_stride)
                    read(
                        v, 0..<a.length, stride: a.v_position_stride, width: width,
                        offset: b * a.v_batch_stride + channel)
                    write(
                        y, rows, stride: a.y_position_stride, width: width,
                        offset: b * a.y_batch_stride + channel)
                }
            }
        case .flatten(let a, let x, let embedding, let y):
            read(
                x, 0..<a.length, stride: a.position_stride, width: a.batch * a.padded_channels)
            read(embedding, floats: a.embedding_channels)
            write(y, floats: a.batch * a.y_stride)
        case .scatter(let a, let x):
            read(
                x, positions(tiles, a.tile_positions, a.length), stride: a.position_stride,
                width: a.batch * a.padded_channels)
        }
    }

    mutating func add(_ access: MemoryAccess) { accesses.append(access) }
}
