import CKernels

/// `winograd_arguments`: transform the rows of a tile into scratch, then for each panel of outputs the products of all points
/// and the inverse transform. Lanes are channels, so both transforms are vertical.
///
/// Scratch: transformed inputs [point][group][depth + a channel block], then products [point][group][panel_columns]. The
/// block between rows keeps them out of one another's cache sets: depths are powers of two more often than not.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: winograd_arguments.self)
    let scratch = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    if Int(a.pointee.group_positions) == F65.outputs {
        convolve(a, Int(tile), scratch, F65.self)
    } else {
        convolve(a, Int(tile), scratch, F45.self)
    }
}

@inline(__always)
private func convolve<Form: WinogradForm>(
    _ a: UnsafePointer<winograd_arguments>, _ tile: Int, _ transformed: UnsafeMutablePointer<Float>, _: Form.Type
) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let columns = Int(a.pointee.columns)
    let rowTile = tile / Int(a.pointee.column_tiles)
    let columnTile = tile - rowTile * Int(a.pointee.column_tiles)
    let block = GroupBlock(a, rowTile, Form.self)
    let rows = block.rows
    let depth = Int(a.pointee.padded_channels.0 + a.pointee.padded_channels.1)
    let rowStride = depth + Int(KERNEL_CHANNEL_BLOCK)
    let products = transformed + Form.points * rows * rowStride

    transformRows(
        a.pointee.x.0, Int(a.pointee.padded_channels.0), Int(a.pointee.position_stride.0),
        Int(a.pointee.row_stride.0), block, transformed, rowStride, Form.self)
    if a.pointee.padded_channels.1 > 0 {
        transformRows(
            a.pointee.x.1, Int(a.pointee.padded_channels.1), Int(a.pointee.position_stride.1),
            Int(a.pointee.row_stride.1), block, transformed + Int(a.pointee.padded_channels.0), rowStride, Form.self)
    }

    var column = columnTile * Int(a.pointee.tile_panels) * panelColumns
    let endColumn = min(column + Int(a.pointee.tile_panels) * panelColumns, columns)
    while column < endColumn {
        let weights = a.pointee.weights + Form.points * column * depth
        if column + panelColumns <= columns {
            multiplyPanel(
                transformed, rowStride, weights, products, Form.points, rows, depth, RegisterTileMain.self, Row2.self)
            finishPanel(a, products, block, column, Row2.self, Form.self)
        } else {
            multiplyPanel(
                transformed, rowStride, weights, products, Form.points, rows, depth, RegisterTileNarrow.self, Row1.self)
            finishPanel(a, products, block, column, Row1.self, Form.self)
        }
        column += panelColumns
    }
}

/// The rows of a tile's products: some groups of some batch elements, the elements innermost.
private struct GroupBlock {
    let firstGroup: Int
    let firstElement: Int
    let elements: Int
    let rows: Int

    @inline(__always)
    init<Form: WinogradForm>(_ a: UnsafePointer<winograd_arguments>, _ rowTile: Int, _: Form.Type) {
        let elementTile = rowTile / Int(a.pointee.group_tiles)
        firstElement = elementTile * Int(a.pointee.tile_elements)
        firstGroup = (rowTile - elementTile * Int(a.pointee.group_tiles)) * Int(a.pointee.tile_groups)
        elements = min(Int(a.pointee.tile_elements), Int(a.pointee.batch) - firstElement)
        let groups = (Int(a.pointee.length) + Form.outputs - 1) / Form.outputs
        rows = elements * min(Int(a.pointee.tile_groups), groups - firstGroup)
    }
}

/// Bᵀ·x for every group and channel of one source.
@inline(__always)
private func transformRows<Form: WinogradForm>(
    _ x: UnsafePointer<Float>?, _ channels: Int, _ positionStride: Int, _ rowStride: Int, _ block: GroupBlock,
    _ transformed: UnsafeMutablePointer<Float>, _ transformedStride: Int, _: Form.Type
) {
    let pointStride = block.rows * transformedStride
    let groupStride = Form.outputs * positionStride
    let first =
        x.unsafelyUnwrapped
        + (block.firstGroup * groupStride - 2 * positionStride + block.firstElement * rowStride)
    var group = 0
    var element = 0
    var row = 0
    while row < block.rows {
        let source = first + (group * groupStride + element * rowStride)
        let v = transformed + row * transformedStride
        var c = 0
        while c < channels {
            Form.transform(source + c, positionStride, to: v + c, pointStride)
            c += Lanes.scalarCount
        }
        element += 1
        if element == block.elements {
            element = 0
            group += 1
        }
        row += 1
    }
}

/// The products of one panel: [group, depth] · [depth, panel] for each point.
@inline(__always)
private func multiplyPanel<Tile: RegisterTile, Row: RegisterTile>(
    _ transformed: UnsafePointer<Float>, _ stride: Int, _ weights: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ points: Int, _ rows: Int, _ depth: Int, _: Tile.Type, _: Row.Type
) {
    let panel = Tile.vectors * Lanes.scalarCount
    var point = 0
    while point < points {
        let v = transformed + point * rows * stride
        let w = weights + point * depth * panel
        let y = products + point * rows * panel
        var block = ProductBlock(
            v: v, stride: stride, weights: w, y: y, depth: depth, ahead: max(aheadFloats, depth * panel))
        var remaining = rows
        while remaining >= Tile.rows {
            block.run(Tile.self)
            block.v += Tile.rows * stride
            block.y += Tile.rows * panel
            // The blocks of rows share the point's weights: the first brings the next point's.
            block.ahead = 0
            remaining -= Tile.rows
        }
        withRemainingRows(remaining, of: Tile.self, Row.self, block)
        point += 1
    }
}

/// A register tile of one point's products.
private struct ProductBlock: RegisterTileBody {
    var v: UnsafePointer<Float>
    let stride: Int
    let weights: UnsafePointer<Float>
    var y: UnsafeMutablePointer<Float>
    let depth: Int
    /// How far ahead it asks for weights, in floats; 0: not at all.
    var ahead: Int

    @inline(__always)
    func run<Tile: RegisterTile>(_: Tile.Type) { multiplyBlock(v, stride, weights, y, depth, ahead, Tile.self) }
}

@inline(never)
private func multiplyBlock<Tile: RegisterTile>(
    _ v: UnsafePointer<Float>, _ stride: Int, _ weights: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
    _ depth: Int, _ ahead: Int, _: Tile.Type
) {
    let panel = Tile.vectors * Lanes.scalarCount
    var tile = Tile(zero: ())
    var w = weights
    accumulate(&tile, v, stride: stride, depth: depth, &w, ahead: ahead)
    tile.store(to: y, stride: panel)
}

/// Aᵀ of the products of one panel, and the bias, to the rows of y.
@inline(__always)
private func finishPanel<Row: RegisterTile, Form: WinogradForm>(
    _ a: UnsafePointer<winograd_arguments>, _ products: UnsafePointer<Float>, _ block: GroupBlock, _ column: Int,
    _: Row.Type, _: Form.Type
) {
    let panel = Row.vectors * Lanes.scalarCount
    let pointStride = block.rows * panel
    let length = Int(a.pointee.length)
    let positionStride = Int(a.pointee.y_position_stride)
    let endElement = block.firstElement + block.elements
    var group = block.firstGroup
    var element = block.firstElement
    var row = 0
    while row < block.rows {
        let position = Form.outputs * group
        let y = a.pointee.y + (position * positionStride + element * Int(a.pointee.y_row_stride) + column)
        let count = min(Form.outputs, length - position)
        var c = 0
        while c < panel {
            Form.finish(
                products + (row * panel + c), pointStride, bias: loadLanes(a.pointee.bias + (column + c)), to: y + c,
                positionStride, count: count)
            c += Lanes.scalarCount
        }
        element += 1
        if element == endElement {
            element = block.firstElement
            group += 1
        }
        row += 1
    }
}

/// `pack_winograd_arguments`: G·w of one panel, in Double. Not on the forward path.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pack_winograd_arguments.self)
    if Int(a.pointee.group_positions) == F65.outputs {
        packPanel(a.pointee, Int(tile), F65.self)
    } else {
        packPanel(a.pointee, Int(tile), F45.self)
    }
}

@inline(__always)
private func packPanel<Form: WinogradForm>(_ a: pack_winograd_arguments, _ tile: Int, _: Form.Type) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let depth = Int(a.padded_channels.0 + a.padded_channels.1)
    let firstColumn = tile * panelColumns
    let width = min(panelColumns, Int(a.columns) - firstColumn)
    let packed = a.packed.unsafelyUnwrapped + Form.points * firstColumn * depth
    let pointStride = depth * width
    let inputs = Int(a.channels.0 + a.channels.1)
    var c = 0
    while c < depth {
        let isSecond = c >= Int(a.padded_channels.0)
        let inSource = isSecond ? c - Int(a.padded_channels.0) : c
        let exists = inSource < Int(isSecond ? a.channels.1 : a.channels.0)
        let input = isSecond ? Int(a.channels.0) + inSource : inSource
        var column = 0
        while column < width {
            let output = firstColumn + column
            let q = packed + (c * width + column)
            if exists && output < Int(a.outputs) {
                Form.transform(weights: a.w + (output * inputs + input) * 5, to: q, pointStride)
            } else {
                var point = 0
                while point < Form.points {
                    q[point * pointStride] = 0
                    point += 1
                }
            }
            column += 1
        }
        c += 1
    }
}
