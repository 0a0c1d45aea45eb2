import CKernels

/// What followers touch besides the tile that was just written.
extension AccessWalk {
    /// What follows tiles reads besides them, and writes besides them.
    mutating func follow(_ follower: Follower, _ tiles: Range<Int>) {
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
                        strides: (a.residual_position_stride, a.residual_batch_stride))
                default: break
                }
            }
        }
        switch follower.work {
        case .statistics(let a, _, let partials):
            let parts = a.groups == 1 ? a.channel_tiles : a.groups
            self.partials(partials, tiles, of: grid.count, floats: 4 * a.chunks * parts * grid.batch)
        case .combine(_, _, _, let bias, let gain, let shift, _, _):
            if let bias { read(bias, floats: grid.channels) }
            for vector in [gain, shift].compactMap(\.self) { weights(vector) }
        default: break
        }
    }
}
