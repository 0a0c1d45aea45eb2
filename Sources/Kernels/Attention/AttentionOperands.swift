import CKernels

/// What a tile of `transpose_keys` and of `pair_heads` has to do: some panels of keys of one head.
private struct PanelTile {
    /// Keys of a panel.
    static var columns: Int { RegisterTileMain.vectors * Lanes.scalarCount }

    let batchHead: Int
    let batch: Int
    let head: Int
    let first: Int
    let end: Int

    @inline(__always)
    init(_ tile: Int, tiles: Int, panels: Int, heads: Int, length: Int) {
        batchHead = tile / tiles
        batch = batchHead / heads
        head = batchHead - batch * heads
        first = (tile - batchHead * tiles) * panels
        end = min(first + panels, (length + Self.columns - 1) / Self.columns)
    }
}

/// `transpose_keys_arguments`: panels of keys with the head dimension outermost, for Q·Kᵀ as a plain product.
func transposeKeys(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: transpose_keys_arguments.self)
    let panelColumns = PanelTile.columns
    let length = a.pointee.length
    let part = PanelTile(
        tile, tiles: a.pointee.panel_tiles, panels: a.pointee.tile_panels, heads: a.pointee.heads, length: length)
    let headSize = a.pointee.head_size
    let positionStride = a.pointee.position_stride
    let k = a.pointee.k + (part.batch * a.pointee.batch_stride + part.head * a.pointee.head_stride)
    var panel = part.first
    while panel < part.end {
        let y = a.pointee.y + (part.batchHead * a.pointee.y_head_stride + panel * headSize * panelColumns)
        var lane = 0
        while lane < panelColumns {
            let position = panel * panelColumns + lane
            var d = 0
            if position < length {
                let row = k + position * positionStride
                while d < headSize {
                    y[d * panelColumns + lane] = row[d]
                    d += 1
                }
            } else {
                while d < headSize {
                    y[d * panelColumns + lane] = 0
                    d += 1
                }
            }
            lane += 1
        }
        panel += 1
    }
}

/// `pair_heads_arguments`: panels of keys and rows of values in pairs of bfloat16.
///
/// Scratch: a row of bfloat16, then another.
func pairHeads(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: pair_heads_arguments.self)
    let panelColumns = PanelTile.columns
    let length = a.pointee.length
    let part = PanelTile(
        tile, tiles: a.pointee.panel_tiles, panels: a.pointee.tile_panels, heads: a.pointee.heads, length: length)
    let headStride = a.pointee.head_stride
    let pairs = (a.pointee.head_size + 1) / 2
    let k = a.pointee.k + (part.batch * a.pointee.k_batch_stride + part.head * headStride)
    let v = a.pointee.v + (part.batch * a.pointee.v_batch_stride + part.head * headStride)
    let keys =
        UnsafeMutableRawPointer(a.pointee.keys + part.batchHead * a.pointee.keys_head_stride)
        .assumingMemoryBound(to: UInt32.self)
    let values =
        UnsafeMutableRawPointer(a.pointee.values + part.batchHead * a.pointee.values_head_stride)
        .assumingMemoryBound(to: UInt32.self)
    let row = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    let even = scratch.unsafelyUnwrapped.assumingMemoryBound(to: UInt16.self)
    let odd = even + headStride
    let words = scratch.unsafelyUnwrapped.assumingMemoryBound(to: UInt32.self)
    var panel = part.first
    while panel < part.end {
        let panelKeys = keys + panel * pairs * panelColumns
        var lane = 0
        while lane < panelColumns {
            let position = panel * panelColumns + lane
            if position < length { narrowRow(k + position * a.pointee.k_position_stride, headStride, row) }
            var p = 0
            while p < pairs {
                panelKeys[p * panelColumns + lane] = position < length ? words[p] : 0
                p += 1
            }
            lane += 1
        }
        lane = 0
        while lane < panelColumns {
            let position = panel * panelColumns + lane
            let stride = a.pointee.v_position_stride
            if position < length { narrowRow(v + position * stride, headStride, row) }
            if position + 1 < length { narrowRow(v + (position + 1) * stride, headStride, row + headStride / 2) }
            let pair = values + position / 2 * headStride
            var d = 0
            while d < headStride {
                pair[d] =
                    (position < length ? UInt32(even[d]) : 0) | (position + 1 < length ? UInt32(odd[d]) << 16 : 0)
                d += 1
            }
            lane += 2
        }
        panel += 1
    }
}
