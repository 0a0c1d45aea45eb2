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

/// y[l, b, h·head_stride + d] = Σ_j softmax_j(q[l, b, h] · k[j, b, h]) v[j, b, h, d], zeros after head_size.
/// Two passes over the keys, for the maximum and for the sums; head_size sums in Double lie in the scratch.
/// Source: diffusers 0.26.3, unet_1d_blocks.py, SelfAttention1d.
func attention(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: attention_arguments.self)
    let (head, queryTile) = tile.quotientAndRemainder(dividingBy: a.query_tiles)
    let (b, h) = head.quotientAndRemainder(dividingBy: a.heads)
    let sums = scratch!.bindMemory(to: Double.self, capacity: a.head_size)
    for l in tileRange(queryTile, of: a.tile_queries, in: a.length) {
        let q = a.q + l * a.q_position_stride + b * a.q_batch_stride + h * a.head_stride
        let y =
            a.y + l * a.y_position_stride + b * a.y_batch_stride + h * a.head_stride
        var maximum = -Double.infinity
        for j in 0..<a.length { maximum = max(maximum, score(a, q, head, key: j)) }
        var total = 0.0
        for d in 0..<a.head_size { sums[d] = 0 }
        for j in 0..<a.length {
            let v = a.v + j * a.v_position_stride + b * a.v_batch_stride + h * a.head_stride
            let weight = exp(score(a, q, head, key: j) - maximum)
            total += weight
            for d in 0..<a.head_size { sums[d] += weight * Double(v[d]) }
        }
        for d in 0..<a.head_size { y[d] = Float(sums[d] / total) }
        for d in a.head_size..<a.head_stride { y[d] = 0 }
    }
}

/// q · k[j] of one head.
private func score(_ a: attention_arguments, _ q: UnsafePointer<Float>, _ head: Int, key j: Int) -> Double {
    let (panel, lane) = j.quotientAndRemainder(dividingBy: panelColumns)
    let key = a.keys + head * a.keys_head_stride + panel * a.head_size * panelColumns + lane
    var sum = 0.0
    for d in 0..<a.head_size { sum += Double(q[d]) * Double(key[d * panelColumns]) }
    return sum
}
