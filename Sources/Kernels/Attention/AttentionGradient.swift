import CKernels
import Glibc

/// `attention_gradient_arguments`: the gradient of a tile of queries of one head, by register tiles of queries.
func attentionGradientQueries(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: attention_gradient_arguments.self)
    overPositions(a, tile, scratch, Queries.self)
}

/// `attention_gradient_arguments`: the gradients of a tile of keys and values of one head, by register tiles of keys.
func attentionGradientKeys(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: attention_gradient_arguments.self)
    overPositions(a, tile, scratch, Keys.self)
}

/// The gradient of some positions of a head: as many as a register tile has rows.
private protocol HeadGradient {
    static func run<Tile: RegisterTile, Narrow: RegisterTile>(
        _ head: GradientHead, _ position: Int, _: Tile.Type, _: Narrow.Type)
}

/// Covers a tile's positions with register tiles.
@inline(__always)
private func overPositions<Gradient: HeadGradient>(
    _ a: UnsafePointer<attention_gradient_arguments>, _ tile: Int, _ scratch: UnsafeMutableRawPointer?,
    _: Gradient.Type
) {
    let tiles = a.pointee.position_tiles
    let head = GradientHead(a, tile / tiles, scratch)
    var position = (tile - tile / tiles * tiles) * a.pointee.tile_positions
    let end = min(position + a.pointee.tile_positions, a.pointee.length)
    while position < end {
        let rows = rowsOfNextTile(end - position)
        switch rows {
        case RegisterTileMain.rows: Gradient.run(head, position, RegisterTileMain.self, RegisterTileNarrow.self)
        case 8: Gradient.run(head, position, Rows8<Row2>.self, Rows8<Row1>.self)
        case 4: Gradient.run(head, position, Rows4<Row2>.self, Rows4<Row1>.self)
        case 2: Gradient.run(head, position, Rows2<Row2>.self, Rows2<Row1>.self)
        default: Gradient.run(head, position, Row2.self, Row1.self)
        }
        position += rows
    }
}

/// Where a head's rows and panels lie, and the scratch of a register tile: two matrices of (rows, attentionKeys), two of (rows,
/// head_stride), and three vectors of lanes.
private struct GradientHead {
    let a: UnsafePointer<attention_gradient_arguments>
    /// Where a head's rows of q, k and v begin, of y, of dy, and of their gradients.
    let input: Int
    let output: Int
    let upstream: Int
    let gradient: Int
    let panels: Int
    /// ln Σ exp of each query, and D of each query.
    let logSums: UnsafeMutablePointer<Float>
    let products: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>

    @inline(__always)
    init(_ a: UnsafePointer<attention_gradient_arguments>, _ batchHead: Int, _ scratch: UnsafeMutableRawPointer?) {
        self.a = a
        let heads = a.pointee.heads
        let batch = batchHead / heads
        let offset = (batchHead - batch * heads) * a.pointee.head_stride
        input = batch * a.pointee.batch_stride + offset
        output = batch * a.pointee.y_batch_stride + offset
        upstream = batch * a.pointee.dy_batch_stride + offset
        gradient = batch * a.pointee.gradient_batch_stride + offset
        panels = batchHead * a.pointee.panels_head_stride
        logSums = a.pointee.rows + 2 * batchHead * a.pointee.row_stride
        products = logSums + a.pointee.row_stride
        self.scratch = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    }

    var length: Int { @inline(__always) get { a.pointee.length } }
    var headSize: Int { @inline(__always) get { a.pointee.head_size } }
    var headStride: Int { @inline(__always) get { a.pointee.head_stride } }

    @inline(__always)
    func multiply<Tile: RegisterTile>(
        _: Tile.Type, _ rows: UnsafePointer<Float>, _ stride: Int, _ panels: UnsafePointer<Float>, _ first: Int,
        _ count: Int, _ products: UnsafeMutablePointer<Float>
    ) {
        multiplyPanels(
            Tile.self, FloatWeight.self, rows, stride, panels, first: first, count: count, depth: headSize, products)
    }

    /// sums[row, d] += Σ weights[row, i] · rows[i, d], over `count` rows.
    @inline(__always)
    func accumulate<Tile: RegisterTile, Narrow: RegisterTile>(
        _: Tile.Type, _: Narrow.Type, _ weights: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ stride: Int,
        _ count: Int, _ sums: UnsafeMutablePointer<Float>
    ) {
        let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
        var column = 0
        while column < headStride {
            if column + panelColumns <= headStride {
                accumulate(Tile.self, weights, rows + column, stride, count, sums + column)
                column += panelColumns
            } else {
                accumulate(Narrow.self, weights, rows + column, stride, count, sums + column)
                column += Narrow.vectors * Lanes.scalarCount
            }
        }
    }

    @inline(__always)
    private func accumulate<Tile: RegisterTile>(
        _: Tile.Type, _ weights: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, _ stride: Int, _ count: Int,
        _ sums: UnsafeMutablePointer<Float>
    ) {
        var tile = Tile(zero: ())
        var w = rows
        var i = 0
        while i < count {
            tile.accumulate(weights + i, stride: attentionKeys, Tile.weights(at: w), of: FloatWeight.self)
            w += stride
            i += 1
        }
        tile.add(to: sums, stride: headStride)
    }

    @inline(__always)
    func clear(_ sums: UnsafeMutablePointer<Float>, rows: Int) {
        var i = 0
        while i < rows * headStride {
            storeLanes(Lanes(), sums + i)
            i += Lanes.scalarCount
        }
    }

    /// Stores rows of sums where a gradient's rows lie.
    @inline(__always)
    func store(_ sums: UnsafePointer<Float>, rows: Int, to gradient: UnsafeMutablePointer<Float>, _ position: Int) {
        var row = 0
        while row < rows {
            let y = gradient + (self.gradient + (position + row) * a.pointee.gradient_position_stride)
            var c = 0
            while c < headStride {
                storeLanes(loadLanes(sums + (row * headStride + c)), y + c)
                c += Lanes.scalarCount
            }
            row += 1
        }
    }
}

/// dq, and what the gradients of keys read of each query.
private enum Queries: HeadGradient {
    @inline(never)
    static func run<Tile: RegisterTile, Narrow: RegisterTile>(
        _ head: GradientHead, _ position: Int, _: Tile.Type, _: Narrow.Type
    ) {
        let a = head.a
        let stride = a.pointee.position_stride
        let q = a.pointee.q + (head.input + position * stride)
        let k = a.pointee.k + head.input
        let dy = a.pointee.dy + (head.upstream + position * a.pointee.dy_position_stride)
        let scores = head.scratch
        let slopes = scores + Tile.rows * attentionKeys
        let sums = slopes + Tile.rows * attentionKeys
        logSums(head, Tile.self, q, position, scores, sums)
        innerProducts(head, rows: Tile.rows, dy, position)
        head.clear(sums, rows: Tile.rows)
        var key = 0
        while key < head.length {
            let count = min(attentionKeys, head.length - key)
            head.multiply(Tile.self, q, stride, a.pointee.k_panels + head.panels, key, count, scores)
            head.multiply(
                Tile.self, dy, a.pointee.dy_position_stride, a.pointee.v_panels + head.panels, key, count, slopes)
            var row = 0
            while row < Tile.rows {
                let logSum = Quad(repeating: head.logSums[position + row])
                let product = Quad(repeating: head.products[position + row])
                let (s, d) = (scores + row * attentionKeys, slopes + row * attentionKeys)
                var c = 0
                while c < count {
                    ((Quad(at: d + c) - product) * exponential(Quad(at: s + c) - logSum)).store(to: s + c)
                    c += Quad.scalarCount
                }
                row += 1
            }
            head.accumulate(Tile.self, Narrow.self, scores, k + key * stride, stride, count, sums)
            key += count
        }
        head.store(sums, rows: Tile.rows, to: a.pointee.dq, position)
    }

    /// ln Σ_j exp(q·k[j]) of each row, from a running maximum and sum.
    @inline(__always)
    private static func logSums<Tile: RegisterTile>(
        _ head: GradientHead, _: Tile.Type, _ q: UnsafePointer<Float>, _ position: Int,
        _ scores: UnsafeMutablePointer<Float>,
        _ sums: UnsafeMutablePointer<Float>
    ) {
        let largest = sums + Tile.rows * head.headStride
        let totals = largest + Lanes.scalarCount
        let corrections = totals + Lanes.scalarCount
        storeLanes(Lanes(repeating: -3e38), largest)
        storeLanes(Lanes(), totals)
        var key = 0
        while key < head.length {
            let count = min(attentionKeys, head.length - key)
            head.multiply(
                Tile.self, q, head.a.pointee.position_stride, head.a.pointee.k_panels + head.panels, key, count, scores)
            softmaxStep(FloatWeight.self, scores, rows: Tile.rows, count: count, largest, totals, corrections)
            key += count
        }
        var row = 0
        while row < Tile.rows {
            head.logSums[position + row] = largest[row] + logf(totals[row])
            row += 1
        }
    }

    /// D of each row.
    @inline(__always)
    private static func innerProducts(_ head: GradientHead, rows: Int, _ dy: UnsafePointer<Float>, _ position: Int) {
        var row = 0
        while row < rows {
            let upstream = dy + row * head.a.pointee.dy_position_stride
            let y =
                head.a.pointee.y + (head.output + (position + row) * head.a.pointee.y_position_stride)
            var sum = Lanes()
            var c = 0
            while c < head.headStride {
                sum = multiplyAdd(sum, loadLanes(upstream + c), loadLanes(y + c))
                c += Lanes.scalarCount
            }
            head.products[position + row] = horizontalSum(sum)
            row += 1
        }
    }
}

/// dk and dv.
private enum Keys: HeadGradient {
    @inline(never)
    static func run<Tile: RegisterTile, Narrow: RegisterTile>(
        _ head: GradientHead, _ position: Int, _: Tile.Type, _: Narrow.Type
    ) {
        let a = head.a
        let stride = a.pointee.position_stride
        let dyStride = a.pointee.dy_position_stride
        let k = a.pointee.k + (head.input + position * stride)
        let v = a.pointee.v + (head.input + position * stride)
        let scores = head.scratch
        let slopes = scores + Tile.rows * attentionKeys
        let keySums = slopes + Tile.rows * attentionKeys
        let valueSums = keySums + Tile.rows * head.headStride
        head.clear(keySums, rows: 2 * Tile.rows)
        var query = 0
        while query < head.length {
            let count = min(attentionKeys, head.length - query)
            head.multiply(Tile.self, k, stride, a.pointee.q_panels + head.panels, query, count, scores)
            head.multiply(Tile.self, v, stride, a.pointee.dy_panels + head.panels, query, count, slopes)
            var row = 0
            while row < Tile.rows {
                let (s, d) = (scores + row * attentionKeys, slopes + row * attentionKeys)
                var c = 0
                while c < count {
                    let p = exponential(Quad(at: s + c) - Quad(at: head.logSums + (query + c)))
                    p.store(to: s + c)
                    ((Quad(at: d + c) - Quad(at: head.products + (query + c))) * p).store(to: d + c)
                    c += Quad.scalarCount
                }
                row += 1
            }
            head.accumulate(
                Tile.self, Narrow.self, scores, a.pointee.dy + (head.upstream + query * dyStride), dyStride, count,
                valueSums)
            head.accumulate(
                Tile.self, Narrow.self, slopes, a.pointee.q + (head.input + query * stride), stride, count, keySums)
            query += count
        }
        head.store(keySums, rows: Tile.rows, to: a.pointee.dk, position)
        head.store(valueSums, rows: Tile.rows, to: a.pointee.dv, position)
    }
}
