import CKernels
import Checkpoint

extension PlanBuilder {
    /// y = proj_attn(softmax(q·kᵀ/√d)·v) + x, with q, k, v of norm(x), heads 32 channels wide or a little more.
    ///
    /// Query, key and value are one product; heads are padded to whole channel blocks in its outputs and in proj_attn's inputs.
    /// Source: diffusers 0.26.3, unet_1d_blocks.py, SelfAttention1d.
    mutating func selfAttention1d(_ x: Value, _ block: SelfAttention1d) throws(PlanningError) -> Value {
        let (name, heads, size) = (block.name, block.heads, block.headSize)
        let padding = HeadPadding(size: size, stride: padded(size))
        let width = heads * padding.stride
        let z = try combine(
            x, name: name + ".norm", norm: block.norm, keepingInput: true)
        let projections = [block.query, block.key, block.value].enumerated()
        func parts(_ leaf: String) -> [WeightPart] {
            projections.map { index, part in
                WeightPart(
                    tensor: "\(part.name).\(leaf)", outputs: x.channels, firstColumn: index * width, heads: padding,
                    scale: index == 0 ? Float(1 / Double(size).squareRoot()) : 1)
            }
        }
        let qkv = try product(
            [z], name: name + ".qkv",
            matrix: MatrixRequest(parts: parts("weight"), columns: 3 * width, sources: [x.channels], taps: 1),
            bias: VectorRequest(parts: parts("bias"), count: 3 * width), channels: 3 * width, kind: .linear)
        func slice(_ index: Int) -> Value {
            var value = qkv
            value.firstChannel = index * width
            value.channels = width
            return value
        }
        let keys = transposedKeys(slice(1), name, heads: heads, padding)
        let attended = try attention(slice(0), keys, slice(2), name, heads: heads, padding)
        let projected = try linear(attended, block.projection, inputHeads: padding)
        return try combine(projected, name: name, plus: x)
    }

    /// The buffer of the transposed keys.
    private mutating func transposedKeys(_ k: Value, _ name: String, heads: Int, _ padding: HeadPadding) -> Int {
        let panel = geometry.panel_columns
        let panels = ceilDivide(k.length, panel)
        let headStride = panels * padding.size * panel
        let tilePanels = max(1, min(panels, 16_384 / (padding.size * panel)))
        let keys = newBuffer(floats: roundUp(k.batch * heads * headStride, channelBlock))
        var arguments = transpose_keys_arguments()
        arguments.position_stride = k.positionStride
        arguments.batch_stride = k.rowStride
        arguments.length = k.length
        arguments.heads = heads
        arguments.head_size = padding.size
        arguments.head_stride = padding.stride
        arguments.y_head_stride = headStride
        arguments.tile_panels = tilePanels
        arguments.panel_tiles = ceilDivide(panels, tilePanels)
        append(
            Step(
                name: name + ".keys", kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads, padding.size, k.length],
                tileCount: k.batch * heads * arguments.panel_tiles, bytesRead: k.bytes,
                bytesWritten: k.batch * heads * headStride * 4, reads: [k.buffer], writes: keys),
            .transposeKeys(arguments, k: k.location(), y: Location(buffer: keys, offset: 0)))
        return keys
    }

    private mutating func attention(
        _ q: Value, _ keys: Int, _ v: Value, _ name: String, heads: Int, _ padding: HeadPadding
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: q.batch, length: q.length, channels: q.channels)
        let perQuery = 2 * q.length * padding.stride
        let blocks = max(1, tiling.sizes.targetMultiplyAdds / (perQuery * geometry.attention_queries))
        let most = max(1, ceilDivide(q.length, geometry.attention_queries * tiling.sizes.wantedTiles))
        let tileQueries = min(q.length, min(blocks, most) * geometry.attention_queries)
        let panels = ceilDivide(q.length, geometry.panel_columns)
        let scratch =
            4
            * (geometry.attention_queries * (geometry.attention_keys + padding.stride)
                + 3 * geometry.lanes)
        var arguments = attention_arguments()
        arguments.q_position_stride = q.positionStride
        arguments.q_batch_stride = q.rowStride
        arguments.keys_head_stride = panels * padding.size * geometry.panel_columns
        arguments.v_position_stride = v.positionStride
        arguments.v_batch_stride = v.rowStride
        arguments.y_position_stride = y.positionStride
        arguments.y_batch_stride = y.rowStride
        arguments.length = q.length
        arguments.heads = heads
        arguments.head_size = padding.size
        arguments.head_stride = padding.stride
        arguments.tile_queries = tileQueries
        arguments.query_tiles = ceilDivide(q.length, tileQueries)
        arguments.scratch_bytes = scratch
        append(
            Step(
                name: name + ".attention", kind: .attention, inputShape: q.shape, outputShape: y.shape,
                tileCount: q.batch * heads * arguments.query_tiles,
                multiplyAdds: saturatingProduct(2, q.batch, heads, q.length, q.length, padding.size),
                bytesRead: 3 * q.bytes,
                bytesWritten: y.bytes, scratchBytes: scratch, reads: [q.buffer, keys, v.buffer], writes: y.buffer),
            .attention(
                arguments, q: q.location(), keys: Location(buffer: keys, offset: 0), v: v.location(), y: y.location()))
        return y
    }
}
