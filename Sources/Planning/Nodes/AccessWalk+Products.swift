import CKernels
import KernelArguments

/// What convolutions touch: the rows that their tiles read and write, and the panels of their weights.
extension AccessWalk {
    /// Rows s·rows + i in tiles; a row reads `taps` rows of each source.
    mutating func convolution(
        _ a: convolution_arguments, _ sources: [Location], _ y: Location, _ tiles: Range<Int>
    ) {
        let panel = plan.implementation.table.geometry.panel_columns
        for (rowTiles, columnTiles) in TileBlocks(tiles, inner: a.column_tiles).blocks {
            let columns = positions(columnTiles, a.tile_panels * panel, a.columns)
            let rows = positions(rowTiles, a.tile_rows, a.segments * a.rows)
            for (segments, rows) in TileBlocks(rows, inner: a.rows).blocks {
                for segment in segments {
                    write(
                        y, rows, stride: a.y_row_stride, width: columns.count,
                        offset: segment * a.y_segment_stride + columns.lowerBound)
                }
                for (index, source) in sources.enumerated() {
                    let x = index == 0 ? a.source.0 : a.source.1
                    self.rows(x, source, segments, rows, taps: a.taps)
                }
            }
        }
    }

    /// What rows of a convolution read of one source.
    private mutating func rows(
        _ x: convolution_source, _ location: Location, _ segments: Range<Int>, _ rows: Range<Int>, taps: Int
    ) {
        let channels = padded(x.channels)
        let (row, segment, tap) = (x.row_stride, x.segment_stride, x.tap_stride)
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

    mutating func winograd(
        _ a: winograd_arguments, _ sources: [Location], _ y: Location, _ tiles: Range<Int>
    ) {
        let panel = plan.implementation.table.geometry.panel_columns
        for (rowTiles, columnTiles) in TileBlocks(tiles, inner: a.column_tiles).blocks {
            let columns = positions(columnTiles, a.tile_panels * panel, a.columns)
            for (elementTiles, groupTiles) in TileBlocks(rowTiles, inner: a.group_tiles).blocks {
                let size = a.tile_elements
                let elements = elementTiles.lowerBound * size..<min(a.batch, elementTiles.upperBound * size)
                let step = operation.grid?.positionsPerTile ?? a.length
                let positions = groupTiles.lowerBound * step..<min(a.length, groupTiles.upperBound * step)
                rows(
                    .written(buffer: y.buffer), y, elements, positions, columns,
                    strides: (a.y_position_stride, a.y_row_stride))
                for (index, source) in sources.enumerated() {
                    let strides = index == 0 ? a.position_stride.0 : a.position_stride.1
                    let rowStride = index == 0 ? a.row_stride.0 : a.row_stride.1
                    let channels = index == 0 ? a.padded_channels.0 : a.padded_channels.1
                    rows(
                        .read(buffer: source.buffer), source, elements,
                        max(0, positions.lowerBound - 2)..<min(a.length, positions.upperBound + 2), 0..<channels,
                        strides: (strides, rowStride))
                }
            }
        }
    }

    /// The panels of a packed matrix that tiles read: those of their columns.
    mutating func columns(_ index: Int, _ tiles: Range<Int>, of columnTiles: Int) {
        let bytes = plan.weights[index].bytes
        // Taps that only meet zeros are not read.
        let share = min(1, Double(operation.weightBytes) / Double(max(1, bytes)))
        var read = [Bool](repeating: false, count: columnTiles)
        for (_, columns) in TileBlocks(tiles, inner: columnTiles).blocks {
            for column in columns { read[column] = true }
        }
        for column in 0..<columnTiles where read[column] {
            let start = bytes * column / columnTiles
            add(
                MemoryAccess(
                    target: .weights(index: index), start: start, bytes: bytes * (column + 1) / columnTiles - start,
                    share: share))
        }
    }
}
