import KernelArguments

/// The grid of an operation's tiles, each of which writes a block of batch elements, positions and channels of its
/// output.
///
/// Tile t is ((element tile · position tiles) + position tile) · channel tiles + channel tile.
struct TileGrid: Sendable, Hashable {
    /// The extent of the output.
    var batch: Int
    var length: Int
    /// With padding.
    var channels: Int
    /// The extent of a tile; the last one along each dimension may be smaller.
    var elementsPerTile: Int
    var positionsPerTile: Int
    var channelsPerTile: Int

    var elementTiles: Int { ceilDivide(batch, elementsPerTile) }
    var positionTiles: Int { ceilDivide(length, positionsPerTile) }
    var channelTiles: Int { ceilDivide(channels, channelsPerTile) }
    var count: Int { elementTiles * positionTiles * channelTiles }

    /// A block of the output.
    typealias Block = (elements: Range<Int>, positions: Range<Int>, channels: Range<Int>)

    /// What a range of tiles writes, as few blocks.
    func blocks(_ tiles: Range<Int>) -> [Block] {
        TileBlocks(tiles, inner: channelTiles).blocks.flatMap { outer, channelTiles in
            TileBlocks(outer, inner: positionTiles).blocks.map { elementTiles, positionTiles in
                (
                    elementTiles.scaled(by: elementsPerTile, limit: batch),
                    positionTiles.scaled(by: positionsPerTile, limit: length),
                    channelTiles.scaled(by: channelsPerTile, limit: channels)
                )
            }
        }
    }
}

/// A grid of tiles in which the inner index runs fastest: the tiles of a range, as blocks of whole outer and inner
/// indices.
struct TileBlocks {
    /// At most three: the end of a row, whole rows, the beginning of a row.
    let blocks: [(outer: Range<Int>, inner: Range<Int>)]

    init(_ tiles: Range<Int>, inner: Int) {
        var blocks: [(outer: Range<Int>, inner: Range<Int>)] = []
        var begin = tiles.lowerBound
        let first = begin / inner
        if begin % inner != 0 || tiles.upperBound < (first + 1) * inner {
            let end = min(tiles.upperBound, (first + 1) * inner)
            if begin < end { blocks.append((first..<first + 1, begin - first * inner..<end - first * inner)) }
            begin = end
        }
        let last = tiles.upperBound / inner
        if begin < last * inner {
            blocks.append((begin / inner..<last, 0..<inner))
            begin = last * inner
        }
        if begin < tiles.upperBound { blocks.append((last..<last + 1, 0..<tiles.upperBound - begin)) }
        self.blocks = blocks
    }
}

extension Range<Int> {
    /// What tiles of `size` cover, up to a limit.
    func scaled(by size: Int, limit: Int) -> Range<Int> { lowerBound * size..<Swift.min(limit, upperBound * size) }
}
