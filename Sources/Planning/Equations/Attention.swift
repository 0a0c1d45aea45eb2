import CKernels
import KernelArguments

extension OperationKind {
    /// Keys, transposed for the attention.
    public static let transposeKeys = OperationKind("transpose-keys")
    /// Softmax of queries and keys times values, streamed.
    public static let attention = OperationKind("attention")
}

extension Lowering {
    /// softmax(q·kᵀ)·v for each head; the scale is in the weights of q.
    mutating func attention(
        _ q: Value, _ k: Value, _ v: Value, name: String, heads: Heads
    ) throws(PlanningError) -> Value {
        let y = try newValue(batch: q.batch, length: q.length, channels: q.channels)
        append(Attention(name: name, q: q, k: k, v: v, heads: heads, y: y))
        return y
    }
}

/// y = softmax(q·kᵀ)·v, by heads.
struct Attention: Equation {
    let name: String
    let q: Value
    let k: Value
    let v: Value
    let heads: Heads
    let y: Value

    var reads: [Value] { [q, k, v] }
    var result: Value? { y }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        attend(with: transposeKeys(in: &builder), in: &builder)
    }

    /// The buffer of the transposed keys.
    private func transposeKeys(in builder: inout OperationBuilder) -> Int {
        let (k, geometry) = (builder.placed(k), builder.geometry)
        let panel = geometry.panel_columns
        let panels = ceilDivide(k.length, panel)
        let tilePanels = max(1, min(panels, 16_384 / (heads.size * panel)))
        let arguments = transpose_keys_arguments(
            k.strides, length: k.length, heads: heads, tilePanels: tilePanels, geometry: geometry)
        let stride = arguments.y_head_stride
        let floats = k.batch * heads.count * stride
        let keys = builder.newBuffer(floats: roundUp(floats, channelBlock))
        let tiles = HeadTiles(
            heads: heads.count, tiles: arguments.panel_tiles, tile: tilePanels * panel, length: k.length)
        builder.append(
            Step(
                name: name + ".keys", kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads.count, heads.size, k.length],
                tileCount: k.batch * heads.count * arguments.panel_tiles),
            KernelCall(
                .transposeKeys, arguments,
                [
                    .read(\.k, k, tiles.region(k.strides, head: heads.stride, width: heads.size)),
                    .written(
                        \.y, Location(buffer: keys, offset: 0), bytes: 4 * floats,
                        // The last panel is padded.
                        tiles.region(
                            RowStrides(position: heads.size, row: heads.count * stride), head: stride,
                            width: heads.size
                        ) { $0.lowerBound..<roundUp($0.upperBound, panel) }),
                ]))
        return keys
    }

    private func attend(with keys: Int, in builder: inout OperationBuilder) {
        let (q, v, geometry, sizes) = (builder.placed(q), builder.placed(v), builder.geometry, builder.tiling.sizes)
        let y = builder.allocated(y)
        let (stride, length) = (heads.stride, q.length)
        let perQuery = 2 * length * stride
        let blocks = max(1, sizes.targetMultiplyAdds / (perQuery * geometry.attention_queries))
        let most = max(1, ceilDivide(length, geometry.attention_queries * sizes.wantedTiles))
        let tileQueries = min(length, min(blocks, most) * geometry.attention_queries)
        let arguments = attention_arguments(
            q: q.strides, v: v.strides, y: y.strides, length: length, heads: heads, tileQueries: tileQueries,
            geometry: geometry)
        let keysStride = arguments.keys_head_stride
        let tiles = HeadTiles(heads: heads.count, tiles: arguments.query_tiles, tile: tileQueries, length: length)
        builder.append(
            Step(
                name: name + ".attention", kind: .attention, inputShape: q.shape, outputShape: y.shape,
                tileCount: q.batch * heads.count * arguments.query_tiles,
                multiplyAdds: saturatingProduct(2, q.batch, heads.count, length, length, heads.size)),
            KernelCall(
                .attention, arguments, scratchBytes: arguments.scratch_bytes,
                [
                    .read(\.q, q, tiles.region(q.strides, head: stride, width: stride)),
                    .read(
                        \.keys, Location(buffer: keys, offset: 0), bytes: q.bytes,
                        tiles.region(
                            RowStrides(position: 0, row: heads.count * keysStride), head: keysStride,
                            width: keysStride
                        ) { _ in 0..<1 }),
                    .read(\.v, v, tiles.region(v.strides, head: stride, width: stride) { _ in 0..<length }),
                    .written(\.y, y, tiles.region(y.strides, head: stride, width: stride)),
                ]))
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
