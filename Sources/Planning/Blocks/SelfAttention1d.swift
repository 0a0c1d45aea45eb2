import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// Keys, transposed for the attention.
    public static let transposeKeys = OperationKind("transpose-keys")
    /// Softmax of queries and keys times values, streamed.
    public static let attention = OperationKind("attention")
}

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
        let tiles = HeadTiles(heads: heads, tiles: arguments.panel_tiles, tile: tilePanels * panel, length: k.length)
        let keys = newBuffer(floats: roundUp(floats, channelBlock))
        append(
            Step(
                name: name + ".keys", kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads, padding.size, k.length],
                tileCount: k.batch * heads * arguments.panel_tiles),
            KernelCall(
                .transposeKeys, arguments,
                [
                    .read(\.k, k, tiles.region(k.strides, head: arguments.head_stride, width: padding.size)),
                    .written(
                        \.y, Location(buffer: keys, offset: 0), bytes: 4 * floats,
                        // The last panel is padded.
                        tiles.region(
                            RowStrides(position: padding.size, row: heads * arguments.y_head_stride),
                            head: arguments.y_head_stride, width: padding.size
                        ) { $0.lowerBound..<roundUp($0.upperBound, panel) }),
                ]))
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
        let (stride, keysStride, length) = (arguments.head_stride, arguments.keys_head_stride, q.length)
        let tiles = HeadTiles(heads: heads, tiles: arguments.query_tiles, tile: tileQueries, length: length)
        append(
            Step(
                name: name + ".attention", kind: .attention, inputShape: q.shape, outputShape: y.shape,
                tileCount: q.batch * heads * arguments.query_tiles,
                multiplyAdds: saturatingProduct(2, q.batch, heads, q.length, q.length, padding.size)),
            KernelCall(
                .attention, arguments, scratchBytes: arguments.scratch_bytes,
                [
                    .read(\.q, q, tiles.region(q.strides, head: stride, width: stride)),
                    .read(
                        \.keys, Location(buffer: keys, offset: 0), bytes: q.bytes,
                        tiles.region(
                            RowStrides(position: 0, row: heads * keysStride), head: keysStride, width: keysStride
                        ) { _ in 0..<1 }),
                    .read(\.v, v, tiles.region(v.strides, head: stride, width: stride) { _ in 0..<length }),
                    .written(\.y, y, tiles.region(y.strides, head: stride, width: stride)),
                ]))
        return y
    }
}

/// Tiles (b · heads + h) · `tiles` + i of some positions of a head each.
private struct HeadTiles {
    let heads: Int
    let tiles: Int
    /// Positions of a tile.
    let tile: Int
    let length: Int

    /// `width` floats of each position of the tiles' heads, which lie `head` floats apart.
    func region(
        _ strides: RowStrides, head: Int, width: Int,
        positions: @escaping @Sendable (Range<Int>) -> Range<Int> = { $0 }
    ) -> Region {
        Region { range in
            var spans: [Span] = []
            for block in TileBlocks(range, inner: tiles).blocks {
                let positions = positions(block.inner.scaled(by: tile, limit: length))
                for index in block.outer {
                    let (b, h) = index.quotientAndRemainder(dividingBy: heads)
                    let offset = b * strides.row + h * head + positions.lowerBound * strides.position
                    spans.append(
                        .floats(offset: offset, width: width, stride: strides.position, count: positions.count))
                }
            }
            return spans
        }
    }
}
