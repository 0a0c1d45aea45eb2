import CKernels
import KernelArguments

/// The tiles of the convolution kernel: rows s·rows + i by columns.
struct RowTiles: Sendable {
    private let columnTiles: Int
    private let columnsPerTile: Int
    private let columns: Int
    private let rowsPerTile: Int
    private let segments: Int
    /// Rows of a segment.
    private let rows: Int

    init(_ arguments: convolution_arguments, _ geometry: kernel_geometry) {
        columnTiles = arguments.column_tiles
        columnsPerTile = arguments.tile_panels * geometry.panel_columns
        columns = arguments.columns
        rowsPerTile = arguments.tile_rows
        segments = arguments.segments
        rows = arguments.rows
    }

    /// What tiles write, with floats of y from a row of a segment to the next, and from a segment to the next.
    func written(row: Int, segment: Int) -> Region {
        Region { tiles in
            blocks(tiles).flatMap { block in
                block.segments.map {
                    .floats(
                        offset: $0 * segment + block.columns.lowerBound + block.rows.lowerBound * row,
                        width: block.columns.count, stride: row, count: block.rows.count)
                }
            }
        }
    }

    /// What tiles read of a source, of which a row reads `taps` rows.
    func reading(_ x: convolution_source, taps: Int) -> Region {
        let channels = padded(x.channels)
        let (row, segment, tap) = (x.row_stride, x.segment_stride, x.tap_stride)
        return Region { tiles in
            blocks(tiles).map { _, segments, rows in
                let offset = segments.lowerBound * segment + rows.lowerBound * row
                if segment > 0 && segment < row {
                    // Segments are batch elements: some rows of each position.
                    let pitch = min(row, tap)
                    return .floats(
                        offset: offset, width: (segments.count - 1) * segment + channels, stride: pitch,
                        count: (rows.count - 1) * row / pitch + taps)
                }
                let block = (rows.count - 1) * row + channels
                let share = rows.count > 1 ? min(1, Double(channels) / Double(max(1, row))) : 1
                if segments.count == 1 && tap > block {
                    return .floats(offset: offset, width: block, stride: tap, count: taps, share: share)
                }
                return .floats(
                    offset: offset, width: (segments.count - 1) * segment + (taps - 1) * tap + block, share: share)
            }
        }
    }

    private typealias Block = (columns: Range<Int>, segments: Range<Int>, rows: Range<Int>)

    private func blocks(_ tiles: Range<Int>) -> [Block] {
        TileBlocks(tiles, inner: columnTiles).blocks.flatMap { rowTiles, columnTiles in
            let columns = columnTiles.scaled(by: columnsPerTile, limit: columns)
            return TileBlocks(rowTiles.scaled(by: rowsPerTile, limit: segments * rows), inner: rows).blocks
                .map { (columns, $0.outer, $0.inner) }
        }
    }
}
