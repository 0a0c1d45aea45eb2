/// Blocks of buffers and weights, as accesses of the memory that they lie in.
extension AccessWalk {
    func positions(_ tiles: Range<Int>, _ tile: Int, _ length: Int) -> Range<Int> {
        tiles.lowerBound * tile..<min(length, tiles.upperBound * tile)
    }

    /// Tiles (b · position tiles + position tile) · channel tiles + channel tile of (length, batch, channels).
    mutating func block(
        _ target: MemoryAccess.Target, _ location: Location, _ tiles: Range<Int>, grid: (Int, Int),
        tile: (Int, Int), length: Int, channels: Int, strides: (position: Int, row: Int)
    ) {
        for (outer, channelTiles) in TileBlocks(tiles, inner: grid.1).blocks {
            let c = channelTiles.lowerBound * tile.1..<min(channels, channelTiles.upperBound * tile.1)
            for (elements, positionTiles) in TileBlocks(outer, inner: grid.0).blocks {
                let p = positions(positionTiles, tile.0, length)
                rows(target, location, strides.row == 0 ? 0..<1 : elements, p, c, strides: strides)
            }
        }
    }

    /// Positions × batch elements × channels.
    mutating func rows(
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

    mutating func read(
        _ location: Location, _ positions: Range<Int>, stride: Int, width: Int, offset: Int = 0
    ) {
        add(
            .read(buffer: location.buffer), location, offset: offset + positions.lowerBound * stride, width: width,
            stride: stride, count: positions.count)
    }

    mutating func write(
        _ location: Location, _ positions: Range<Int>, stride: Int, width: Int, offset: Int = 0
    ) {
        add(
            .written(buffer: location.buffer), location, offset: offset + positions.lowerBound * stride, width: width,
            stride: stride, count: positions.count)
    }

    mutating func read(_ location: Location, floats: Int) { read(location, 0..<1, stride: 0, width: floats) }

    mutating func write(_ location: Location, floats: Int) { write(location, 0..<1, stride: 0, width: floats) }

    /// Partials of norms, in the order of tiles: `floats` for every `count` tiles.
    mutating func partials(
        _ location: Location, _ tiles: Range<Int>, of count: Int, floats: Int, isRead: Bool = false
    ) {
        let first = floats * tiles.lowerBound / count
        let end = floats * tiles.upperBound / count
        add(
            isRead ? .read(buffer: location.buffer) : .written(buffer: location.buffer), location, offset: first,
            width: end - first, stride: 0, count: 1)
    }

    /// All of a small packed weight.
    mutating func weights(_ index: Int) {
        add(MemoryAccess(target: .weights(index: index), start: 0, bytes: plan.weights[index].bytes))
    }

    /// Adds `count` blocks of `width` floats, `stride` floats apart. Blocks that lie closer than pages become one, gaps
    /// included, of which a share is touched.
    mutating func add(
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
        // The gap after the last block may lie past the buffer.
        let room = 4 * buffer.totalFloats - access.start - (access.count - 1) * access.stride
        if access.bytes > room, room > 0 {
            access.share *= Double(access.bytes) / Double(room)
            access.bytes = room
        }
        add(access)
    }
}
