import CKernels

/// `winograd_arguments`: transform the rows of a tile into scratch, then for each panel of outputs eight products and the
/// inverse transform. Lanes are channels, so both transforms are vertical.
///
/// Scratch: transformed inputs [point][group][depth + a channel block], then products [point][group][panel_columns]. The
/// block between rows keeps them out of one another's cache sets: depths are powers of two more often than not.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: winograd_arguments.self)
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let columns = Int(a.pointee.columns)
    let rowTile = Int(tile) / Int(a.pointee.column_tiles)
    let columnTile = Int(tile) - rowTile * Int(a.pointee.column_tiles)
    let block = GroupBlock(a, rowTile)
    let rows = block.rows
    let depth = Int(a.pointee.padded_channels.0 + a.pointee.padded_channels.1)
    let transformed = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    let rowStride = depth + Int(KERNEL_CHANNEL_BLOCK)
    let products = transformed + 8 * rows * rowStride

    transformRows(
        a.pointee.x.0, Int(a.pointee.padded_channels.0), Int(a.pointee.position_stride.0),
        Int(a.pointee.row_stride.0), block, transformed, rowStride)
    if a.pointee.padded_channels.1 > 0 {
        transformRows(
            a.pointee.x.1, Int(a.pointee.padded_channels.1), Int(a.pointee.position_stride.1),
            Int(a.pointee.row_stride.1), block, transformed + Int(a.pointee.padded_channels.0), rowStride)
    }

    var column = columnTile * Int(a.pointee.tile_panels) * panelColumns
    let endColumn = min(column + Int(a.pointee.tile_panels) * panelColumns, columns)
    while column < endColumn {
        let weights = a.pointee.weights + 8 * column * depth
        if column + panelColumns <= columns {
            multiplyPanel(transformed, rowStride, weights, products, rows, depth, RegisterTileMain.self, Row2.self)
            finishPanel(a, products, block, column, Row2.self)
        } else {
            multiplyPanel(transformed, rowStride, weights, products, rows, depth, RegisterTileNarrow.self, Row1.self)
            finishPanel(a, products, block, column, Row1.self)
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
    init(_ a: UnsafePointer<winograd_arguments>, _ rowTile: Int) {
        let elementTile = rowTile / Int(a.pointee.group_tiles)
        firstElement = elementTile * Int(a.pointee.tile_elements)
        firstGroup = (rowTile - elementTile * Int(a.pointee.group_tiles)) * Int(a.pointee.tile_groups)
        elements = min(Int(a.pointee.tile_elements), Int(a.pointee.batch) - firstElement)
        rows = elements * min(Int(a.pointee.tile_groups), (Int(a.pointee.length) + 3) / 4 - firstGroup)
    }
}

/// Bᵀ·x for every group and channel of one source. The points ±a share their even and odd parts.
@inline(__always)
private func transformRows(
    _ x: UnsafePointer<Float>?, _ channels: Int, _ positionStride: Int, _ rowStride: Int, _ block: GroupBlock,
    _ transformed: UnsafeMutablePointer<Float>, _ transformedStride: Int
) {
    let pointStride = block.rows * transformedStride
    let first =
        x.unsafelyUnwrapped + ((4 * block.firstGroup - 2) * positionStride + block.firstElement * rowStride)
    var group = 0
    var element = 0
    var row = 0
    while row < block.rows {
        let source = first + (4 * group * positionStride + element * rowStride)
        let v = transformed + row * transformedStride
        var c = 0
        while c < channels {
            let p = source + c
            let d0 = loadLanes(p)
            let d1 = loadLanes(p + positionStride)
            let d2 = loadLanes(p + 2 * positionStride)
            let d3 = loadLanes(p + 3 * positionStride)
            let d4 = loadLanes(p + 4 * positionStride)
            let d5 = loadLanes(p + 5 * positionStride)
            let d6 = loadLanes(p + 6 * positionStride)
            let d7 = loadLanes(p + 7 * positionStride)
            let q = v + c
            storeLanes(multiplyAdd(d0 - d6, d4 - d2, Lanes(repeating: 5.25)), q)
            let even1 = multiplyAdd(d2 + d6, d4, Lanes(repeating: -4.25))
            let odd1 = multiplyAdd(d1 + d5, d3, Lanes(repeating: -4.25))
            storeLanes(even1 + odd1, q + pointStride)
            storeLanes(even1 - odd1, q + 2 * pointStride)
            let even2 = multiplyAdd(
                multiplyAdd(d6, d2, Lanes(repeating: 0.25)), d4, Lanes(repeating: -1.25))
            let odd2 = multiplyAdd(
                multiplyAdd(d1 * Lanes(repeating: 0.5), d3, Lanes(repeating: -2.5)), d5, Lanes(repeating: 2))
            storeLanes(even2 + odd2, q + 3 * pointStride)
            storeLanes(even2 - odd2, q + 4 * pointStride)
            let even3 = multiplyAdd(multiplyAdd(d6, d2, Lanes(repeating: 4)), d4, Lanes(repeating: -5))
            let odd3 = multiplyAdd(
                multiplyAdd(d1 * Lanes(repeating: 2), d3, Lanes(repeating: -2.5)), d5, Lanes(repeating: 0.5))
            storeLanes(even3 + odd3, q + 5 * pointStride)
            storeLanes(even3 - odd3, q + 6 * pointStride)
            storeLanes(multiplyAdd(d7 - d1, d3 - d5, Lanes(repeating: 5.25)), q + 7 * pointStride)
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

/// The eight products of one panel: [group, depth] · [depth, panel] for each point.
@inline(__always)
private func multiplyPanel<Tile: RegisterTile, Row: RegisterTile>(
    _ transformed: UnsafePointer<Float>, _ stride: Int, _ weights: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ rows: Int, _ depth: Int, _: Tile.Type, _: Row.Type
) {
    let panel = Tile.vectors * Lanes.scalarCount
    var point = 0
    while point < 8 {
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
private func finishPanel<Row: RegisterTile>(
    _ a: UnsafePointer<winograd_arguments>, _ products: UnsafePointer<Float>, _ block: GroupBlock, _ column: Int,
    _: Row.Type
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
        let y = a.pointee.y + (4 * group * positionStride + element * Int(a.pointee.y_row_stride) + column)
        let count = min(4, length - 4 * group)
        var c = 0
        while c < panel {
            let m = products + (row * panel + c)
            let bias = loadLanes(a.pointee.bias + (column + c))
            let m1 = loadLanes(m + pointStride)
            let m2 = loadLanes(m + 2 * pointStride)
            let m3 = loadLanes(m + 3 * pointStride)
            let m4 = loadLanes(m + 4 * pointStride)
            let m5 = loadLanes(m + 5 * pointStride)
            let m6 = loadLanes(m + 6 * pointStride)
            let sum1 = m1 + m2
            let sum2 = m3 + m4
            let sum3 = m5 + m6
            let difference1 = m1 - m2
            let difference2 = m3 - m4
            let difference3 = m5 - m6
            storeLanes((loadLanes(m) + sum1) + (sum2 + sum3) + bias, y + c)
            if count > 1 {
                let odd = multiplyAdd(difference1, difference2, Lanes(repeating: 2))
                storeLanes(multiplyAdd(odd, difference3, Lanes(repeating: 0.5)) + bias, y + positionStride + c)
            }
            if count > 2 {
                let even = multiplyAdd(sum1, sum2, Lanes(repeating: 4))
                storeLanes(multiplyAdd(even, sum3, Lanes(repeating: 0.25)) + bias, y + 2 * positionStride + c)
            }
            if count > 3 {
                let odd = multiplyAdd(difference1 + loadLanes(m + 7 * pointStride), difference2, Lanes(repeating: 8))
                storeLanes(multiplyAdd(odd, difference3, Lanes(repeating: 0.125)) + bias, y + 3 * positionStride + c)
            }
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
/// G[p, t] = cₚ·aₚᵗ with c = 1, −2/9, −2/9, 1/90, 1/90, 32/45, 32/45 and a = 0, 1, −1, 2, −2, ½, −½; w₄ alone for ∞.
func packWinograd(_ arguments: UnsafeRawPointer?, _ tile: Int64, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pack_winograd_arguments.self).pointee
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let depth = Int(a.padded_channels.0 + a.padded_channels.1)
    let firstColumn = Int(tile) * panelColumns
    let width = min(panelColumns, Int(a.columns) - firstColumn)
    let packed = a.packed.unsafelyUnwrapped + 8 * firstColumn * depth
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
                let w = a.w + (output * inputs + input) * 5
                let w0 = Double(w[0])
                let w1 = Double(w[1])
                let w2 = Double(w[2])
                let w3 = Double(w[3])
                let w4 = Double(w[4])
                let even1 = w0 + w2 + w4
                let odd1 = w1 + w3
                let even2 = w0 + 4 * w2 + 16 * w4
                let odd2 = 2 * w1 + 8 * w3
                let even3 = w0 + 0.25 * w2 + 0.0625 * w4
                let odd3 = 0.5 * w1 + 0.125 * w3
                q[0] = Float(w0)
                q[pointStride] = Float((even1 + odd1) * (-2 / 9))
                q[2 * pointStride] = Float((even1 - odd1) * (-2 / 9))
                q[3 * pointStride] = Float((even2 + odd2) / 90)
                q[4 * pointStride] = Float((even2 - odd2) / 90)
                q[5 * pointStride] = Float((even3 + odd3) * (32 / 45))
                q[6 * pointStride] = Float((even3 - odd3) * (32 / 45))
                q[7 * pointStride] = Float(w4)
            } else {
                var point = 0
                while point < 8 {
                    q[point * pointStride] = 0
                    point += 1
                }
            }
            column += 1
        }
        c += 1
    }
}
