import CKernels

/// Keys a step of the streaming softmax.
let attentionKeys = 128

/// products[row, column] = rows[row] · panels[first + column] for `count` columns and the rest of their panel; rows of `products`
/// are `attentionKeys` apart. A column has `depth` elements.
@inline(__always)
func multiplyPanels<Tile: RegisterTile, Stored: StoredWeight>(
    _: Tile.Type, _: Stored.Type, _ rows: UnsafePointer<Float>, _ stride: Int, _ panels: UnsafePointer<Float>,
    first: Int, count: Int, depth: Int, _ products: UnsafeMutablePointer<Float>
) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    var column = 0
    while column < count {
        var tile = Tile(zero: ())
        var w = UnsafeRawPointer(panels + (first + column) * depth).assumingMemoryBound(to: Stored.self)
        var d = 0
        while d < depth {
            tile.accumulate(rows + d, stride: stride, Tile.weights(at: w), of: Stored.self)
            w += panelColumns
            d += 1
        }
        tile.store(to: products + column, stride: attentionKeys)
        column += panelColumns
    }
}

/// How many of `left` positions the next register tile takes: the most that one has rows for.
@inline(__always)
func rowsOfNextTile(_ left: Int) -> Int {
    if left >= RegisterTileMain.rows { return RegisterTileMain.rows }
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1
}

/// `attention_arguments`: softmax(Q·Kᵀ)·V of a tile of queries of one head, by register tiles of queries.
///
/// Scratch, for the queries of a register tile: scores (queries, attentionKeys), outputs (queries, head_stride), then
/// running maximum, running sum and correction, a vector of lanes each.
func attention(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    attendTile(arguments, tile, scratch, FloatWeight.self)
}

/// `attention_bfloat`: the same with products of bfloat16.
///
/// Scratch: as above, then the queries in pairs. Exponentials in pairs lie over their scores.
func attentionBFloat(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    attendTile(arguments, tile, scratch, BFloatPair.self)
}

@inline(__always)
private func attendTile<Stored: StoredWeight>(
    _ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?, _ stored: Stored.Type
) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: attention_arguments.self)
    let queryTiles = a.pointee.query_tiles
    let batchHead = tile / queryTiles
    var query = (tile - batchHead * queryTiles) * a.pointee.tile_queries
    let end = min(query + a.pointee.tile_queries, a.pointee.length)
    let memory = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    while query < end {
        let rows = rowsOfNextTile(end - query)
        switch rows {
        case RegisterTileMain.rows:
            attend(a, batchHead, query, memory, stored, RegisterTileMain.self, RegisterTileNarrow.self)
        case 8: attend(a, batchHead, query, memory, stored, Rows8<Row2>.self, Rows8<Row1>.self)
        case 4: attend(a, batchHead, query, memory, stored, Rows4<Row2>.self, Rows4<Row1>.self)
        case 2: attend(a, batchHead, query, memory, stored, Rows2<Row2>.self, Rows2<Row1>.self)
        default: attend(a, batchHead, query, memory, stored, Row2.self, Row1.self)
        }
        query += rows
    }
}

@inline(never)
private func attend<Stored: StoredWeight, Tile: RegisterTile, Narrow: RegisterTile>(
    _ a: UnsafePointer<attention_arguments>, _ batchHead: Int, _ query: Int, _ memory: UnsafeMutablePointer<Float>,
    _: Stored.Type, _: Tile.Type, _: Narrow.Type
) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let heads = a.pointee.heads
    let batch = batchHead / heads
    let headStride = a.pointee.head_stride
    let perElement = Stored.isPair ? 2 : 1
    let depth = (a.pointee.head_size + perElement - 1) / perElement
    let head = batchHead - batch * heads
    let headOffset = head * headStride
    let length = a.pointee.length
    var qStride = a.pointee.q_position_stride
    let vStride = a.pointee.v_position_stride
    var q = a.pointee.q + (batch * a.pointee.q_batch_stride + headOffset + query * qStride)
    let v = a.pointee.v + (batch * a.pointee.v_batch_stride + head * a.pointee.v_head_stride)
    let keys = a.pointee.keys + batchHead * a.pointee.keys_head_stride

    let scores = memory
    let outputs = scores + Tile.rows * attentionKeys
    let largest = outputs + Tile.rows * headStride
    let sums = largest + Lanes.scalarCount
    let corrections = sums + Lanes.scalarCount
    storeLanes(Lanes(repeating: -3e38), largest)
    storeLanes(Lanes(), sums)
    var c = 0
    while c < Tile.rows * headStride {
        storeLanes(Lanes(), outputs + c)
        c += Lanes.scalarCount
    }
    if Stored.isPair {
        let pairs = corrections + Lanes.scalarCount
        var row = 0
        while row < Tile.rows {
            narrowRow(q + row * qStride, headStride, pairs + row * (headStride / 2))
            row += 1
        }
        q = UnsafePointer(pairs)
        qStride = headStride / 2
    }

    var key = 0
    while key < length {
        let count = min(attentionKeys, length - key)
        let steps = (count + perElement - 1) / perElement
        let values = v + key / perElement * vStride
        multiplyPanels(Tile.self, Stored.self, q, qStride, keys, first: key, count: count, depth: depth, scores)
        softmaxStep(Stored.self, scores, rows: Tile.rows, count: count, largest, sums, corrections)
        var column = 0
        while column < headStride {
            if column + panelColumns <= headStride {
                accumulateValues(
                    Tile.self, Stored.self, outputs, scores, corrections, values + column, column, headStride, steps,
                    vStride)
                column += panelColumns
            } else {
                accumulateValues(
                    Narrow.self, Stored.self, outputs, scores, corrections, values + column, column, headStride, steps,
                    vStride)
                column += Narrow.vectors * Lanes.scalarCount
            }
        }
        key += count
    }

    let yStride = a.pointee.y_position_stride
    var y = a.pointee.y + (batch * a.pointee.y_batch_stride + headOffset + query * yStride)
    var row = 0
    while row < Tile.rows {
        let reciprocal = Lanes(repeating: 1 / sums[row])
        c = 0
        while c < headStride {
            storeLanes(loadLanes(outputs + (row * headStride + c)) * reciprocal, y + c)
            c += Lanes.scalarCount
        }
        y += yStride
        row += 1
    }
}

/// outputs = corrections · outputs + scores · v, over the elements of one step.
@inline(__always)
private func accumulateValues<Tile: RegisterTile, Stored: StoredWeight>(
    _: Tile.Type, _: Stored.Type, _ outputs: UnsafeMutablePointer<Float>, _ scores: UnsafePointer<Float>,
    _ corrections: UnsafePointer<Float>, _ v: UnsafePointer<Float>, _ column: Int, _ headStride: Int, _ count: Int,
    _ vStride: Int
) {
    var tile = Tile(scaling: outputs + column, stride: headStride, by: corrections)
    var w = UnsafeRawPointer(v).assumingMemoryBound(to: Stored.self)
    var key = 0
    while key < count {
        tile.accumulate(scores + key, stride: attentionKeys, Tile.weights(at: w), of: Stored.self)
        w += vStride
        key += 1
    }
    tile.store(to: outputs + column, stride: headStride)
}
