import CKernels
import Glibc

/// y[b, h][panel][d][lane] = k[panel·panel_columns + lane, b, h·head_stride + d], zeros after the last key.
func transposeKeys(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: transpose_keys_arguments.self)
    let (head, panelTile) = tile.quotientAndRemainder(dividingBy: a.panel_tiles)
    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
    let panels = a.y_head_stride / (a.head_size * panelColumns)
    for panel in tileRange(panelTile, of: a.tile_panels, in: panels) {
        for d in 0..<a.head_size {
            for lane in 0..<panelColumns {
                let j = panel * panelColumns + lane
                a.y[head * a.y_head_stride + (panel * a.head_size + d) * panelColumns + lane] =
                    j < a.length ? a.k[j * a.position_stride + b * a.batch_stride + h * a.head_stride + d] : 0
            }
        }
    }
}

/// Keys and values in pairs of bfloat16: keys[b, h][panel][p][lane] = (k[j, 2p], k[j, 2p + 1]) and
/// values[b, h][i][d] = (v[2i, d], v[2i + 1, d]), zeros after the last key and beyond head_size.
func pairHeads(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: pair_heads_arguments.self)
    let (head, panelTile) = tile.quotientAndRemainder(dividingBy: a.panel_tiles)
    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
    let pairs = (a.head_size + 1) / 2
    let keys = UnsafeMutableRawPointer(a.keys + head * a.keys_head_stride)
    let values = UnsafeMutableRawPointer(a.values + head * a.values_head_stride)
    func element(_ x: UnsafePointer<Float>, _ position: Int, _ batch: Int, _ j: Int, _ d: Int) -> UInt16 {
        guard j < a.length && d < a.head_size else { return 0 }
        return UInt16(rounded(x[j * position + b * batch + h * a.head_stride + d]).bitPattern >> 16)
    }
    let panels = a.keys_head_stride / (pairs * panelColumns)
    for panel in tileRange(panelTile, of: a.tile_panels, in: panels) {
        for j in panel * panelColumns..<(panel + 1) * panelColumns {
            for d in 0..<2 * pairs {
                keys.storeBytes(
                    of: element(a.k, a.k_position_stride, a.k_batch_stride, j, d),
                    toByteOffset: 2 * pairedKey(j, d, pairs), as: UInt16.self)
            }
            for d in 0..<a.head_stride {
                values.storeBytes(
                    of: element(a.v, a.v_position_stride, a.v_batch_stride, j, d),
                    toByteOffset: 2 * pairedValue(j, d, a.head_stride), as: UInt16.self)
            }
        }
    }
}

/// Where element d of key j is, in numbers of 16 bits from the head's first on.
private func pairedKey(_ j: Int, _ d: Int, _ pairs: Int) -> Int {
    let (panel, lane) = j.quotientAndRemainder(dividingBy: panelColumns)
    return ((panel * pairs + d / 2) * panelColumns + lane) * 2 + d % 2
}

/// Where element d of value j is, in numbers of 16 bits from the head's first on.
private func pairedValue(_ j: Int, _ d: Int, _ stride: Int) -> Int { (j / 2 * stride + d) * 2 + j % 2 }

/// y[l, b, h·head_stride + d] = Σ_j softmax_j(q[l, b, h] · k[j, b, h]) v[j, b, h, d], zeros after head_size.
/// Two passes over the keys, for the maximum and for the sums; head_size sums in Double lie in the scratch.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, SelfAttention1d.
func attention(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    attend(arguments!.load(as: attention_arguments.self), tile, scratch, areHeadsPaired: false)
}

/// `attention_bfloat`: queries are rounded to bfloat16, as keys and values are; the exponentials are not.
func attentionBFloat(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    attend(arguments!.load(as: attention_arguments.self), tile, scratch, areHeadsPaired: true)
}

private func attend(
    _ a: attention_arguments, _ tile: Int, _ scratch: UnsafeMutableRawPointer?, areHeadsPaired isPaired: Bool
) {
    let (head, queryTile) = tile.quotientAndRemainder(dividingBy: a.query_tiles)
    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
    let sums = scratch!.bindMemory(to: Double.self, capacity: a.head_size)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: a.head_size) { query in
        attend(a, b, h, head, queryTile, sums, query.baseAddress!, isPaired)
    }
}

/// - Parameters:
///   - sums: room for head_size numbers.
///   - query: room for head_size numbers: a query, rounded as the products want it.
private func attend(
    _ a: attention_arguments, _ b: Int, _ h: Int, _ head: Int, _ queryTile: Int, _ sums: UnsafeMutablePointer<Double>,
    _ query: UnsafeMutablePointer<Double>, _ isPaired: Bool
) {
    for l in tileRange(queryTile, of: a.tile_queries, in: a.length) {
        let q = a.q + l * a.q_position_stride + b * a.q_batch_stride + h * a.head_stride
        let y =
            a.y + l * a.y_position_stride + b * a.y_batch_stride + h * a.head_stride
        for d in 0..<a.head_size { query[d] = Double(isPaired ? rounded(q[d]) : q[d]) }
        var maximum = -Double.infinity
        for j in 0..<a.length { maximum = max(maximum, score(a, query, head, key: j, isPaired)) }
        var total = 0.0
        for d in 0..<a.head_size { sums[d] = 0 }
        for j in 0..<a.length {
            let v = a.v + b * a.v_batch_stride + h * a.v_head_stride
            let weight = exp(score(a, query, head, key: j, isPaired) - maximum)
            total += weight
            for d in 0..<a.head_size {
                let value = isPaired ? number(v, pairedValue(j, d, a.head_stride)) : v[j * a.v_position_stride + d]
                sums[d] += weight * Double(value)
            }
        }
        for d in 0..<a.head_size { y[d] = Float(sums[d] / total) }
        for d in a.head_size..<a.head_stride { y[d] = 0 }
    }
}

/// q · k[j] of one head.
private func score(
    _ a: attention_arguments, _ q: UnsafePointer<Double>, _ head: Int, key j: Int, _ isPaired: Bool
) -> Double {
    if isPaired {
        let keys = a.keys + head * a.keys_head_stride
        let pairs = (a.head_size + 1) / 2
        let first = pairedKey(j, 0, pairs)
        var sum = 0.0
        for d in 0..<a.head_size { sum += q[d] * Double(number(keys, first + d / 2 * panelColumns * 2 + d % 2)) }
        return sum
    }
    let (panel, lane) = j.quotientAndRemainder(dividingBy: panelColumns)
    let key = a.keys + head * a.keys_head_stride + panel * a.head_size * panelColumns + lane
    var sum = 0.0
    for d in 0..<a.head_size { sum += q[d] * Double(key[d * panelColumns]) }
    return sum
}

/// A number of bfloat16, widened.
private func number(_ start: UnsafePointer<Float>, _ index: Int) -> Float {
    let bits = UnsafeRawPointer(start).loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
    return Float(bitPattern: UInt32(bits) << 16)
}
