import KernelArguments

/// Bytes of an operand from its place on: `count` blocks of `bytes`, `stride` apart.
struct Span: Sendable, Hashable {
    var start: Int
    var bytes: Int
    var stride = 0
    var count = 1
    /// The fraction of a block's bytes that is touched.
    var share = 1.0

    /// Counts in floats.
    static func floats(offset: Int, width: Int, stride: Int = 0, count: Int = 1, share: Double = 1) -> Span {
        Span(start: 4 * offset, bytes: 4 * width, stride: 4 * stride, count: count, share: share)
    }
}

/// What a range of an operation's tiles touches of an operand, each byte about once: tiles that one worker runs after
/// another find in its caches what they share.
struct Region: Sendable {
    let spans: @Sendable (_ tiles: Range<Int>) -> [Span]

    /// Nothing that counts.
    static let none = Region { _ in [] }

    /// Bytes that any tile touches.
    static func all(bytes: Int) -> Region { Region { _ in [Span(start: 0, bytes: bytes)] } }

    /// Floats that any tile touches.
    static func all(floats: Int) -> Region { all(bytes: 4 * floats) }

    /// Floats in the order of tiles: `floats` for every `count` tiles.
    static func share(floats: Int, of count: Int) -> Region {
        Region { tiles in
            let first = floats * tiles.lowerBound / count
            return [.floats(offset: first, width: floats * tiles.upperBound / count - first)]
        }
    }

    /// Panels of a packed matrix by column tiles, the inner index of tiles.
    static func panels(bytes: Int, readBytes: Int, columnTiles: Int) -> Region {
        let share = min(1, Double(readBytes) / Double(max(1, bytes)))
        return Region { tiles in
            var read = [Bool](repeating: false, count: columnTiles)
            for (_, columns) in TileBlocks(tiles, inner: columnTiles).blocks {
                for column in columns { read[column] = true }
            }
            return (0..<columnTiles).filter { read[$0] }.map { column in
                let start = bytes * column / columnTiles
                return Span(start: start, bytes: bytes * (column + 1) / columnTiles - start, share: share)
            }
        }
    }

    /// The blocks of a grid's tiles in rows that lie at `strides`.
    ///
    /// - Parameters:
    ///   - channels: what each tile touches of a row; nil: the channels of its block.
    ///   - positions: what is touched for a range of the grid's positions.
    static func blocks(
        _ grid: TileGrid, _ strides: RowStrides, channels: Int? = nil,
        positions: @escaping @Sendable (Range<Int>) -> Range<Int> = { $0 }
    ) -> Region {
        Region { tiles in
            grid.blocks(tiles).map { block in
                .rows(
                    elements: strides.row == 0 ? 0..<1 : block.elements, positions: positions(block.positions),
                    channels: channels.map { 0..<$0 } ?? block.channels, strides)
            }
        }
    }

    /// Whole positions of `width` floats that follow one another, `tile` of `length` for each tile.
    static func positions(
        tile: Int, of length: Int, width: Int, stride: Int,
        positions: @escaping @Sendable (Range<Int>) -> Range<Int> = { $0 }
    ) -> Region {
        blocks(
            TileGrid(
                batch: 1, length: length, channels: width, elementsPerTile: 1, positionsPerTile: tile,
                channelsPerTile: width),
            RowStrides(position: stride, row: 0), positions: positions)
    }
}

extension Span {
    /// Positions × batch elements × channels.
    static func rows(
        elements: Range<Int>, positions: Range<Int>, channels: Range<Int>, _ strides: RowStrides
    ) -> Span {
        let width = elements.count > 1 ? elements.count * strides.row : channels.count
        return .floats(
            offset: positions.lowerBound * strides.position + elements.lowerBound * strides.row + channels.lowerBound,
            width: width, stride: strides.position, count: positions.count,
            share: Double(elements.count * channels.count) / Double(max(1, width)))
    }
}
