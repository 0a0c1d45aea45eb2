import CKernels
import Checkpoint
import KernelArguments

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
        let tilePanels = max(1, min(panels, 16_384 / (padding.size * panel)))
        let arguments = transpose_keys_arguments(
            k.strides, length: k.length, heads: Heads(count: heads, size: padding.size), tilePanels: tilePanels,
            geometry: geometry)
        let floats = k.batch * heads * arguments.y_head_stride
        let keys = newBuffer(floats: roundUp(floats, channelBlock))
        append(
            Step(
                name: name + ".keys", kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads, padding.size, k.length],
                tileCount: k.batch * heads * arguments.panel_tiles, bytesRead: k.bytes,
                bytesWritten: 4 * floats, reads: [k.buffer], writes: keys),
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
        let arguments = attention_arguments(
            q: q.strides, v: v.strides, y: y.strides, length: q.length, heads: Heads(count: heads, size: padding.size),
            tileQueries: tileQueries, geometry: geometry)
        append(
            Step(
                name: name + ".attention", kind: .attention, inputShape: q.shape, outputShape: y.shape,
                tileCount: q.batch * heads * arguments.query_tiles,
                multiplyAdds: saturatingProduct(2, q.batch, heads, q.length, q.length, padding.size),
                bytesRead: 3 * q.bytes,
                bytesWritten: y.bytes, scratchBytes: arguments.scratch_bytes, reads: [q.buffer, keys, v.buffer],
                writes: y.buffer),
            .attention(
                arguments, q: q.location(), keys: Location(buffer: keys, offset: 0), v: v.location(), y: y.location()))
        return y
    }
}
