import CKernels

/// `convolution_arguments`: a matrix product whose rows overlap, one register tile of rows × a panel of outputs at a time.
///
/// Within a tile the panel of weights is the outer loop: it stays in the second-level cache while every block of rows
/// passes it, and the rows stay in the first or second level while every panel passes them. A panel passes in parts of some
/// taps, whose sums are added in y: sums of few products round less, and a part fits in the second level.
func convolution(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = UnsafePointer(arguments.unsafelyUnwrapped.assumingMemoryBound(to: convolution_arguments.self))
    switch UInt32(a.pointee.weight_element) {
    case KERNEL_ELEMENT_F16.rawValue: convolveTile(a, tile, scratch, HalfWeight.self)
    case KERNEL_ELEMENT_BF16.rawValue: convolveTile(a, tile, scratch, BFloatWeight.self)
    default: convolveTile(a, tile, scratch, FloatWeight.self)
    }
}

/// `convolution_bfloat`: products of bfloat16.
func convolutionBFloat(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    convolveTile(
        UnsafePointer(arguments.unsafelyUnwrapped.assumingMemoryBound(to: convolution_arguments.self)), tile, scratch,
        BFloatPair.self)
}

@inline(__always)
private func convolveTile<Stored: StoredWeight>(
    _ a: UnsafePointer<convolution_arguments>, _ tile: Int, _ scratch: UnsafeMutableRawPointer?, _: Stored.Type
) {
    var a = a
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let columns = a.pointee.columns
    let rowTile = tile / a.pointee.column_tiles
    let columnTile = tile - rowTile * a.pointee.column_tiles
    let firstRow = rowTile * a.pointee.tile_rows
    let endRow = min(firstRow + a.pointee.tile_rows, a.pointee.rows * a.pointee.segments)
    let firstColumn = columnTile * a.pointee.tile_panels * panelColumns
    let endColumn = min(firstColumn + a.pointee.tile_panels * panelColumns, columns)
    a =
        Stored.isPair
        ? withRowsOfPairs(a, firstRow, endRow, scratch) : withRowsSetAside(a, firstRow, endRow, scratch)
    let depth = a.pointee.taps * (a.pointee.source.0.channels + a.pointee.source.1.channels)

    let start = a.pointee.weights.unsafelyUnwrapped.assumingMemoryBound(to: Stored.self)
    var column = firstColumn
    while column < endColumn {
        let weights = start + column * depth
        if column + panelColumns <= columns {
            convolvePanel(a, weights, column, firstRow, endRow, RegisterTileMain.self, Row2.self)
        } else {
            convolvePanel(a, weights, column, firstRow, endRow, RegisterTileNarrow.self, Row1.self)
        }
        column += panelColumns
    }
}

/// Rows `firstRow ..< endRow` of one panel, by the tallest register tile that fits.
@inline(__always)
private func convolvePanel<Tile: RegisterTile, Row: RegisterTile, Stored: StoredWeight>(
    _ a: UnsafePointer<convolution_arguments>, _ weights: UnsafePointer<Stored>, _ column: Int,
    _ firstRow: Int, _ endRow: Int, _: Tile.Type, _: Row.Type
) {
    let (first, second) = (a.pointee.source.0.channels, a.pointee.source.1.channels)
    let planes = (second > 0 ? 2 : 1) * a.pointee.taps
    let planesOfPart = kernel_convolution_summed_planes(max(first, second))
    var plane = 0
    while plane < planes {
        let end = min(plane + planesOfPart, planes)
        convolveRows(
            a, weights, PanelPart(column: column, first: plane, end: end), firstRow, endRow, Tile.self, Row.self)
        plane = end
    }
}

/// A part of a panel. A plane is a tap of a source: the taps of the first source, then those of the second.
private struct PanelPart {
    let column: Int
    let first: Int
    let end: Int
}

@inline(__always)
private func convolveRows<Tile: RegisterTile, Row: RegisterTile, Stored: StoredWeight>(
    _ a: UnsafePointer<convolution_arguments>, _ weights: UnsafePointer<Stored>, _ part: PanelPart,
    _ firstRow: Int, _ endRow: Int, _: Tile.Type, _: Row.Type
) {
    let rowsPerSegment = a.pointee.rows
    let segment = firstRow / rowsPerSegment
    // The blocks of rows share the part: the first brings the next one's weights.
    var block = RowBlock(
        arguments: a, weights: weights, part: part, segment: segment, row: firstRow - segment * rowsPerSegment,
        ahead: aheadBytes)
    var remaining = endRow - firstRow
    while remaining > 0 {
        var count = min(remaining, rowsPerSegment - block.row)
        remaining -= count
        while count >= Tile.rows {
            block.run(Tile.self)
            block.row += Tile.rows
            block.ahead = 0
            count -= Tile.rows
        }
        withRemainingRows(count, of: Tile.self, Row.self, block)
        block.ahead = 0
        block.segment += 1
        block.row = 0
    }
}

/// A register tile of a part of a panel: its rows start at `row` of `segment`.
private struct RowBlock<Stored: StoredWeight>: RegisterTileBody {
    let arguments: UnsafePointer<convolution_arguments>
    let weights: UnsafePointer<Stored>
    let part: PanelPart
    var segment: Int
    var row: Int
    /// The distance at which weights are prefetched, in bytes; 0: not at all.
    var ahead: Int

    @inline(__always)
    func run<Tile: RegisterTile>(_: Tile.Type) {
        convolveBlock(arguments, weights, part, segment, row, ahead, Tile.self)
    }
}

/// One register tile: its rows start at `row` of `segment`.
@inline(never)
private func convolveBlock<Tile: RegisterTile, Stored: StoredWeight>(
    _ a: UnsafePointer<convolution_arguments>, _ weights: UnsafePointer<Stored>, _ part: PanelPart,
    _ segment: Int, _ row: Int, _ ahead: Int, _: Tile.Type
) {
    let panelColumns = Tile.vectors * Lanes.scalarCount
    let taps = a.pointee.taps
    let (firstTap, endTap) = tapRange(a, segment, row, Tile.rows)
    let stride = a.pointee.y_row_stride
    let y = a.pointee.y + segment * a.pointee.y_segment_stride + row * stride + part.column
    var tile = part.first == 0 ? Tile(broadcasting: a.pointee.bias + part.column) : Tile(zero: ())
    var w = weights
    accumulateSource(
        &tile, a, a.pointee.source.0, segment, row, max(firstTap, part.first), min(endTap, part.end), w, ahead)
    if a.pointee.source.1.channels > 0 {
        w += taps * a.pointee.source.0.channels * panelColumns
        accumulateSource(
            &tile, a, a.pointee.source.1, segment, row, max(firstTap, part.first - taps), min(endTap, part.end - taps),
            w,
            ahead)
    }
    if part.first == 0 {
        tile.store(to: y, stride: stride)
    } else {
        tile.add(to: y, stride: stride)
    }
}

/// The taps that meet a position of the input for at least one row of the block.
@inline(__always)
private func tapRange(
    _ a: UnsafePointer<convolution_arguments>, _ segment: Int, _ row: Int, _ rows: Int
) -> (first: Int, end: Int) {
    let base = segment * a.pointee.segment_positions
    let perPosition = a.pointee.rows_per_position
    let stride = a.pointee.stride
    let padding = a.pointee.padding
    let lowest = (base + row / perPosition) * stride
    let highest = (base + (row + rows - 1) / perPosition) * stride
    let first = max(0, padding - highest)
    let end = min(a.pointee.taps, a.pointee.input_length + padding - lowest)
    return (first, max(first, end))
}

@inline(__always)
private func accumulateSource<Tile: RegisterTile, Stored: StoredWeight>(
    _ tile: inout Tile, _ a: UnsafePointer<convolution_arguments>, _ source: convolution_source, _ segment: Int,
    _ row: Int, _ firstTap: Int, _ endTap: Int, _ weights: UnsafePointer<Stored>, _ ahead: Int
) {
    let panelColumns = Tile.vectors * Lanes.scalarCount
    let channels = source.channels
    let stride = source.row_stride
    let base = source.x.unsafelyUnwrapped + segment * source.segment_stride + row * stride
    var w = weights + firstTap * channels * panelColumns
    var tap = firstTap
    while tap < endTap {
        let x = base + tap * source.tap_stride
        switch Tile.rows == 4 ? reach(a, segment, row, tap) : .all {
        case .all: accumulateSteps(&tile, x, stride: stride, depth: channels, &w, ahead: ahead)
        case .upper: tile.accumulateHalf(isUpper: true, x, stride: stride, depth: channels, &w, ahead: ahead)
        case .lower: tile.accumulateHalf(isUpper: false, x, stride: stride, depth: channels, &w, ahead: ahead)
        }
        tap += 1
    }
}

/// Which rows of a tile of four a tap meets positions of the input for, by halves.
private enum Reach {
    case all, upper, lower
}

/// At the ends of a short sequence half of a tile meets nothing but zeros.
@inline(__always)
private func reach(_ a: UnsafePointer<convolution_arguments>, _ segment: Int, _ row: Int, _ tap: Int) -> Reach {
    let base = segment * a.pointee.segment_positions
    let perPosition = a.pointee.rows_per_position
    func isRead(_ first: Int) -> Bool {
        let lowest = (base + (row + first) / perPosition) * a.pointee.stride + tap - a.pointee.padding
        let highest = (base + (row + first + 1) / perPosition) * a.pointee.stride + tap - a.pointee.padding
        return highest >= 0 && lowest < a.pointee.input_length
    }
    if !isRead(2) { return .upper }
    return isRead(0) ? .all : .lower
}
