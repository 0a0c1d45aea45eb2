import CKernels

/// What a range of tiles of one operation touches in the arena and among the packed weights, each byte about once: tiles that
/// one worker runs after another find in its caches what they share. The caller's sample and output are not counted, nor
/// what a follower reads of the tile that was just written.
struct AccessWalk {
    let plan: Plan
    let operation: Operation
    private(set) var accesses: [MemoryAccess] = []

    /// - Parameter tiles: a range of the operation's tiles.
    init(_ plan: Plan, _ operation: Operation, tiles: Range<Int>) {
        self.plan = plan
        self.operation = operation
        guard !tiles.isEmpty else { return }
        walk(operation.work, tiles)
        if let follower = operation.follower { follow(follower, tiles) }
    }

    private mutating func walk(_ work: Work, _ tiles: Range<Int>) {
        switch work {
        case .gather(let a, let embedding, let y):
            let positions = positions(tiles, Int(a.tile_positions), Int(a.length))
            if let embedding { read(embedding, floats: Int(a.embedding_channels)) }
            write(y, positions, stride: Int(a.position_stride), width: Int(a.batch * a.padded_channels))
        case .embedding(let a, let frequencies, let timesteps, let y):
            weights(frequencies)
            read(timesteps, floats: Int(2 * a.count))
            write(y, floats: Int(a.count * a.y_stride))
        case .convolution(let a, let first, let second, let weights, let bias, let y):
            convolution(a, [first, second].compactMap(\.self), y, tiles)
            columns(weights, tiles, of: Int(a.column_tiles))
            self.weights(bias)
        case .winograd(let a, let first, let second, let weights, let bias, let y):
            winograd(a, [first, second].compactMap(\.self), y, tiles)
            columns(weights, tiles, of: Int(a.column_tiles))
            self.weights(bias)
        case .statistics(let a, let x, let partials):
            block(
                .read(buffer: x.buffer), x, tiles, grid: (a.chunks, a.channel_tiles),
                tile: (a.chunk_positions, a.tile_channels), length: a.length, channels: a.channels,
                strides: (a.position_stride, a.batch_stride))
            let parts = a.groups == 1 ? a.channel_tiles : a.groups
            self.partials(
                partials, tiles, of: operation.tileCount,
                floats: 4 * Int(parts) * operation.tileCount / Int(a.channel_tiles))
        case .merge(let a, let partials, let merged):
            let parts = a.groups == 1 ? ceilDivide(padded(Int(a.channels)), Int(a.part_channels)) : Int(a.groups)
            self.partials(partials, tiles, of: 1, floats: 4 * Int(a.chunks) * parts, isRead: true)
            self.partials(merged, tiles, of: 1, floats: 4 * Int(a.groups))
        case .combine(let a, let x, let residual, let bias, let gain, let shift, let partials, let y):
            let grid = (a.position_tiles, a.channel_tiles)
            let tile = (a.tile_positions, a.tile_channels)
            let channels = Int64(padded(Int(a.channels)))
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
            if let bias { read(bias, floats: Int(channels)) }
            if let partials { read(partials, floats: Int(2 * a.partials_batch_stride)) }
            for vector in [gain, shift].compactMap(\.self) { weights(vector) }
        case .downsample(let a, let x, let taps, let y), .upsample(let a, let x, let taps, let y):
            let written = positions(tiles, Int(a.tile_positions), Int(a.output_length))
            let isDown = operation.kind == .downsample
            let first = isDown ? 2 * written.lowerBound - 3 : written.lowerBound / 2 - 2
            let end = isDown ? 2 * written.upperBound + 3 : written.upperBound / 2 + 2
            read(x, max(0, first)..<min(Int(a.length), end), stride: Int(a.width), width: Int(a.width))
            write(y, written, stride: Int(a.width), width: Int(a.width))
            weights(taps)
        case .transposeKeys(let a, let k, let y):
            for (heads, panels) in TileBlocks(tiles, inner: Int(a.panel_tiles)).blocks {
                let columns = Int(plan.implementation.table.geometry.panel_columns)
                let tileColumns = Int(a.tile_panels) * columns
                let keys = panels.lowerBound * tileColumns..<min(Int(a.length), panels.upperBound * tileColumns)
                for head in heads {
                    let (b, h) = head.quotientAndRemainder(dividingBy: Int(a.heads))
                    read(
                        k, keys, stride: Int(a.position_stride), width: Int(a.head_size),
                        offset: b * Int(a.batch_stride) + h * Int(a.head_stride))
                    // The last panel is padded.
                    write(
                        y, keys.lowerBound..<roundUp(keys.upperBound, columns), stride: Int(a.head_size),
                        width: Int(a.head_size), offset: head * Int(a.y_head_stride))
                }
            }
        case .attention(let a, let q, let keys, let v, let y):
            for (heads, queries) in TileBlocks(tiles, inner: Int(a.query_tiles)).blocks {
                let tile = Int(a.tile_queries)
                let rows = queries.lowerBound * tile..<min(Int(a.length), queries.upperBound * tile)
                for head in heads {
                    let (b, h) = head.quotientAndRemainder(dividingBy: Int(a.heads))
                    let width = Int(a.head_stride)
                    let channel = h * width
                    read(
                        q, rows, stride: Int(a.q_position_stride), width: width,
                        offset: b * Int(a.q_batch_stride) + channel)
                    read(keys, 0..<1, stride: 0, width: Int(a.keys_head_stride), offset: head * Int(a.keys_head_stride))
                    read(
                        v, 0..<Int(a.length), stride: Int(a.v_position_stride), width: width,
                        offset: b * Int(a.v_batch_stride) + channel)
                    write(
                        y, rows, stride: Int(a.y_position_stride), width: width,
                        offset: b * Int(a.y_batch_stride) + channel)
                }
            }
        case .flatten(let a, let x, let embedding, let y):
            read(
                x, 0..<Int(a.length), stride: Int(a.position_stride), width: Int(a.batch * a.padded_channels))
            read(embedding, floats: Int(a.embedding_channels))
            write(y, floats: Int(a.batch * a.y_stride))
        case .scatter(let a, let x):
            read(
                x, positions(tiles, Int(a.tile_positions), Int(a.length)), stride: Int(a.position_stride),
                width: Int(a.batch * a.padded_channels))
        }
    }

    // MARK: - Products

    /// Rows s·rows + i in tiles; a row reads `taps` rows of each source.
    private mutating func convolution(
        _ a: convolution_arguments, _ sources: [Location], _ y: Location, _ tiles: Range<Int>
    ) {
        let panel = Int(plan.implementation.table.geometry.panel_columns)
        for (rowTiles, columnTiles) in TileBlocks(tiles, inner: Int(a.column_tiles)).blocks {
            let columns = positions(columnTiles, Int(a.tile_panels) * panel, Int(a.columns))
            let rows = positions(rowTiles, Int(a.tile_rows), Int(a.segments * a.rows))
            for (segments, rows) in TileBlocks(rows, inner: Int(a.rows)).blocks {
                for segment in segments {
                    write(
                        y, rows, stride: Int(a.y_row_stride), width: columns.count,
                        offset: segment * Int(a.y_segment_stride) + columns.lowerBound)
                }
                for (index, source) in sources.enumerated() {
                    let x = index == 0 ? a.source.0 : a.source.1
                    self.rows(x, source, segments, rows, taps: Int(a.taps))
                }
            }
        }
    }

    /// What rows of a convolution read of one source.
    private mutating func rows(
        _ x: convolution_source, _ location: Location, _ segments: Range<Int>, _ rows: Range<Int>, taps: Int
    ) {
        let channels = padded(Int(x.channels))
        let (row, segment, tap) = (Int(x.row_stride), Int(x.segment_stride), Int(x.tap_stride))
        let offset = segments.lowerBound * segment + rows.lowerBound * row
        if segment > 0 && segment < row {
            // Segments are batch elements: some rows of each position.
            let pitch = min(row, tap)
            let positions = (rows.count - 1) * row / pitch + taps
            add(
                .read(buffer: location.buffer), location, offset: offset,
                width: (segments.count - 1) * segment + channels,
                stride: pitch, count: positions)
            return
        }
        let block = (rows.count - 1) * row + channels
        let share = rows.count > 1 ? min(1, Double(channels) / Double(max(1, row))) : 1
        if segments.count == 1 && tap > block {
            add(
                .read(buffer: location.buffer), location, offset: offset, width: block, stride: tap, count: taps,
                share: share)
        } else {
            let span = (segments.count - 1) * segment + (taps - 1) * tap + block
            add(
                .read(buffer: location.buffer), location, offset: offset, width: span, stride: 0, count: 1, share: share
            )
        }
    }

    private mutating func winograd(
        _ a: winograd_arguments, _ sources: [Location], _ y: Location, _ tiles: Range<Int>
    ) {
        let panel = Int(plan.implementation.table.geometry.panel_columns)
        for (rowTiles, columnTiles) in TileBlocks(tiles, inner: Int(a.column_tiles)).blocks {
            let columns = positions(columnTiles, Int(a.tile_panels) * panel, Int(a.columns))
            for (elementTiles, groupTiles) in TileBlocks(rowTiles, inner: Int(a.group_tiles)).blocks {
                let size = Int(a.tile_elements)
                let elements = elementTiles.lowerBound * size..<min(Int(a.batch), elementTiles.upperBound * size)
                let step = operation.grid?.positionsPerTile ?? Int(a.length)
                let positions = groupTiles.lowerBound * step..<min(Int(a.length), groupTiles.upperBound * step)
                rows(
                    .written(buffer: y.buffer), y, elements, positions, columns,
                    strides: (Int(a.y_position_stride), Int(a.y_row_stride)))
                for (index, source) in sources.enumerated() {
                    let strides = index == 0 ? a.position_stride.0 : a.position_stride.1
                    let rowStride = index == 0 ? a.row_stride.0 : a.row_stride.1
                    let channels = Int(index == 0 ? a.padded_channels.0 : a.padded_channels.1)
                    rows(
                        .read(buffer: source.buffer), source, elements,
                        max(0, positions.lowerBound - 2)..<min(Int(a.length), positions.upperBound + 2), 0..<channels,
                        strides: (Int(strides), Int(rowStride)))
                }
            }
        }
    }

    /// The panels of a packed matrix that tiles read: those of their columns.
    private mutating func columns(_ index: Int, _ tiles: Range<Int>, of columnTiles: Int) {
        let bytes = plan.weights[index].bytes
        // Taps that only meet zeros are not read.
        let share = min(1, Double(operation.weightBytes) / Double(max(1, bytes)))
        var read = [Bool](repeating: false, count: columnTiles)
        for (_, columns) in TileBlocks(tiles, inner: columnTiles).blocks {
            for column in columns { read[column] = true }
        }
        for column in 0..<columnTiles where read[column] {
            let start = bytes * column / columnTiles
            accesses.append(
                MemoryAccess(
                    target: .weights(index: index), start: start, bytes: bytes * (column + 1) / columnTiles - start,
                    share: share))
        }
    }

    // MARK: - Followers

    /// What follows tiles reads besides them, and writes besides them.
    private mutating func follow(_ follower: Follower, _ tiles: Range<Int>) {
        let grid = follower.grid
        for (outer, channelTiles) in TileBlocks(tiles, inner: grid.channelTiles).blocks {
            for (elementTiles, positionTiles) in TileBlocks(outer, inner: grid.positionTiles).blocks {
                func range(_ tiles: Range<Int>, _ size: Int, _ all: Int) -> Range<Int> {
                    tiles.lowerBound * size..<min(all, tiles.upperBound * size)
                }
                let elements = range(elementTiles, grid.elementsPerTile, grid.batch)
                let positions = range(positionTiles, grid.positionsPerTile, grid.length)
                let channels = range(channelTiles, grid.channelsPerTile, grid.channels)
                switch follower.work {
                case .combine(let a, _, let residual?, _, _, _, _, _):
                    rows(
                        .read(buffer: residual.buffer), residual, a.residual_batch_stride == 0 ? 0..<1 : elements,
                        positions, channels,
                        strides: (Int(a.residual_position_stride), Int(a.residual_batch_stride)))
                default: break
                }
            }
        }
        switch follower.work {
        case .statistics(let a, _, let partials):
            let parts = a.groups == 1 ? a.channel_tiles : a.groups
            self.partials(partials, tiles, of: grid.count, floats: Int(4 * a.chunks * parts) * grid.batch)
        case .combine(_, _, _, let bias, let gain, let shift, _, _):
            if let bias { read(bias, floats: grid.channels) }
            for vector in [gain, shift].compactMap(\.self) { weights(vector) }
        default: break
        }
    }

    // MARK: - Blocks

    private func positions(_ tiles: Range<Int>, _ tile: Int, _ length: Int) -> Range<Int> {
        tiles.lowerBound * tile..<min(length, tiles.upperBound * tile)
    }

    /// Tiles (b · position tiles + position tile) · channel tiles + channel tile of (length, batch, channels).
    private mutating func block(
        _ target: MemoryAccess.Target, _ location: Location, _ tiles: Range<Int>, grid: (Int64, Int64),
        tile: (Int64, Int64), length: Int64, channels: Int64, strides: (Int64, Int64)
    ) {
        for (outer, channelTiles) in TileBlocks(tiles, inner: Int(grid.1)).blocks {
            let c = channelTiles.lowerBound * Int(tile.1)..<min(Int(channels), channelTiles.upperBound * Int(tile.1))
            for (elements, positionTiles) in TileBlocks(outer, inner: Int(grid.0)).blocks {
                let p = positions(positionTiles, Int(tile.0), Int(length))
                rows(
                    target, location, strides.1 == 0 ? 0..<1 : elements, p, c, strides: (Int(strides.0), Int(strides.1))
                )
            }
        }
    }

    /// Positions × batch elements × channels.
    private mutating func rows(
        _ target: MemoryAccess.Target, _ location: Location, _ elements: Range<Int>, _ positions: Range<Int>,
        _ channels: Range<Int>, strides: (position: Int, row: Int)
    ) {
        let offset = positions.lowerBound * strides.position + elements.lowerBound * strides.row + channels.lowerBound
        let width = elements.count > 1 ? elements.count * strides.row : channels.count
        let share = Double(elements.count * channels.count) / Double(max(1, width))
        add(
            target, location, offset: offset, width: width, stride: strides.position, count: positions.count,
            share: share)
    }

    private mutating func read(
        _ location: Location, _ positions: Range<Int>, stride: Int, width: Int, offset: Int = 0
    ) {
        add(
            .read(buffer: location.buffer), location, offset: offset + positions.lowerBound * stride, width: width,
            stride: stride, count: positions.count)
    }

    private mutating func write(
        _ location: Location, _ positions: Range<Int>, stride: Int, width: Int, offset: Int = 0
    ) {
        add(
            .written(buffer: location.buffer), location, offset: offset + positions.lowerBound * stride, width: width,
            stride: stride, count: positions.count)
    }

    private mutating func read(_ location: Location, floats: Int) { read(location, 0..<1, stride: 0, width: floats) }

    private mutating func write(_ location: Location, floats: Int) { write(location, 0..<1, stride: 0, width: floats) }

    /// Partials of norms, in the order of tiles: `floats` for every `count` tiles.
    private mutating func partials(
        _ location: Location, _ tiles: Range<Int>, of count: Int, floats: Int, isRead: Bool = false
    ) {
        let first = floats * tiles.lowerBound / count
        let end = floats * tiles.upperBound / count
        add(
            isRead ? .read(buffer: location.buffer) : .written(buffer: location.buffer), location, offset: first,
            width: end - first, stride: 0, count: 1)
    }

    /// All of a small packed weight.
    private mutating func weights(_ index: Int) {
        accesses.append(MemoryAccess(target: .weights(index: index), start: 0, bytes: plan.weights[index].bytes))
    }

    /// Adds `count` blocks of `width` floats, `stride` floats apart. Blocks that lie closer than pages become one, gaps
    /// included, of which a share is touched.
    private mutating func add(
        _ target: MemoryAccess.Target, _ location: Location, offset: Int, width: Int, stride: Int, count: Int,
        share: Double = 1
    ) {
        guard count > 0, width > 0 else { return }
        let buffer = plan.buffers[location.buffer]
        let start = buffer.positionsBefore * buffer.positionStride + location.offset + offset
        var access = MemoryAccess(target: target, start: 4 * start, bytes: 4 * width, share: share)
        if count > 1 && stride * 4 < 4096 || stride == width {
            access.bytes = 4 * count * max(stride, width)
            access.share *= min(1, Double(width) / Double(max(1, stride)))
        } else {
            access.stride = 4 * stride
            access.count = count
        }
        // The gap behind the last block may lie behind the buffer.
        let room = 4 * buffer.totalFloats - access.start - (access.count - 1) * access.stride
        if access.bytes > room, room > 0 {
            access.share *= Double(access.bytes) / Double(room)
            access.bytes = room
        }
        accesses.append(access)
    }
}
