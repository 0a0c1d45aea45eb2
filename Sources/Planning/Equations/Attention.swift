import CKernels
import KernelArguments

extension OperationKind {
    /// Keys, transposed for the attention.
    public static let transposeKeys = OperationKind("transpose-keys")
    /// Softmax of queries and keys times values, streamed.
    public static let attention = OperationKind("attention")
    /// The gradient of attention with respect to queries.
    public static let attentionGradientQueries = OperationKind("attention-gradient-queries")
    /// The gradients of attention with respect to keys and values.
    public static let attentionGradientKeys = OperationKind("attention-gradient-keys")
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

    /// One value that has the gradients of queries, keys and values where theirs has them.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        precondition(q.buffer == k.buffer && q.buffer == v.buffer, "queries, keys and values are slices of one value")
        let dx = try pass.newValue(batch: q.batch, length: q.length, channels: q.rowStride)
        pass.append(AttentionGradient(attention: self, dy: dy, dx: dx))
        try pass.add(dx, to: q, name: name)
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        attend(with: builder.transposedHeads(builder.placed(k), heads, name: name + ".keys"), in: &builder)
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

/// The gradients of queries, keys and values. What the softmax gave is computed again, tile by tile.
struct AttentionGradient: Equation {
    /// The forward's.
    let attention: Attention
    let dy: Value
    /// The gradients as queries, keys and values lie.
    let dx: Value

    var name: String { attention.name + ".attention.gradient" }
    var reads: [Value] { [dy, attention.q, attention.k, attention.v, attention.y] }
    var result: Value? { dx }

    func differentiate(_ dy: Value?, in pass: inout Differentiation) { preconditionFailure("a second gradient") }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let heads = attention.heads
        let (q, k, v) = (builder.placed(attention.q), builder.placed(attention.k), builder.placed(attention.v))
        let (y, dy, dx) = (builder.placed(attention.y), builder.placed(dy), builder.allocated(dx))
        let panels = [q, k, v, dy].enumerated().map { index, value in
            builder.transposedHeads(value, heads, name: "\(name).panels.\(index)", joinsPrevious: index > 0)
        }
        let geometry = builder.geometry
        let tile = tilePositions(q, builder)
        let arguments = attention_gradient_arguments(
            x: q.strides, y: y.strides, dy: dy.strides, gradient: dx.strides, length: q.length, heads: heads,
            tilePositions: tile, geometry: geometry)
        let rowFloats = 2 * q.batch * heads.count * arguments.row_stride
        let rows = builder.newBuffer(floats: roundUp(rowFloats, channelBlock))
        let tiles = HeadTiles(heads: heads.count, tiles: arguments.position_tiles, tile: tile, length: q.length)
        func own(_ value: Value) -> Region { tiles.region(value.strides, head: heads.stride, width: heads.stride) }
        func all(_ value: Value) -> Region {
            tiles.region(value.strides, head: heads.stride, width: heads.stride) { _ in 0..<q.length }
        }
        func panel(
            _ field: PartialKeyPath<attention_gradient_arguments>, _ index: Int
        ) -> ArgumentField<attention_gradient_arguments> {
            let stride = arguments.panels_head_stride
            return .read(
                field, Location(buffer: panels[index], offset: 0), bytes: q.bytes,
                tiles.region(RowStrides(position: 0, row: heads.count * stride), head: stride, width: stride) { _ in
                    0..<1
                })
        }
        func gradient(
            _ field: PartialKeyPath<attention_gradient_arguments>, of value: Value
        ) -> ArgumentField<attention_gradient_arguments> {
            var part = dx
            (part.firstChannel, part.channels) = (value.firstChannel, value.channels)
            return .written(field, part, own(part))
        }
        let rowsLocation = Location(buffer: rows, offset: 0)
        func append(_ kind: OperationKind, _ kernel: Kernel, _ fields: [ArgumentField<attention_gradient_arguments>]) {
            let inner: [ArgumentField<attention_gradient_arguments>] = [
                .read(\.q, q, all(q)), .read(\.k, k, all(k)), .read(\.v, v, own(v)), .read(\.y, y, own(y)),
                .read(\.dy, dy, all(dy)), panel(\.q_panels, 0), panel(\.k_panels, 1), panel(\.v_panels, 2),
                panel(\.dy_panels, 3),
            ]
            builder.append(
                Step(
                    name: name, kind: kind, inputShape: dy.shape, outputShape: dx.shape,
                    tileCount: q.batch * heads.count * arguments.position_tiles,
                    multiplyAdds: saturatingProduct(4, q.batch, heads.count, q.length, q.length, heads.size)),
                KernelCall(kernel, arguments, scratchBytes: arguments.scratch_bytes, fields + inner))
        }
        append(
            .attentionGradientQueries, .attentionGradientQueries,
            [
                gradient(\.dq, of: q), .written(\.rows, rowsLocation, bytes: 4 * rowFloats, .all(floats: rowFloats)),
            ])
        append(
            .attentionGradientKeys, .attentionGradientKeys,
            [
                gradient(\.dk, of: k), gradient(\.dv, of: v),
                .read(\.rows, rowsLocation, bytes: 4 * rowFloats, .all(floats: rowFloats)),
            ])
    }

    private func tilePositions(_ q: Value, _ builder: OperationBuilder) -> Int {
        let (sizes, rows) = (builder.tiling.sizes, builder.geometry.attention_queries)
        let blocks = max(1, sizes.targetMultiplyAdds / (4 * q.length * attention.heads.stride * rows))
        return min(q.length, min(blocks, max(1, ceilDivide(q.length, rows * sizes.wantedTiles))) * rows)
    }
}

extension OperationBuilder {
    /// The buffer of transposed heads, of keys for instance.
    mutating func transposedHeads(_ k: Value, _ heads: Heads, name: String, joinsPrevious: Bool = false) -> Int {
        let panel = geometry.panel_columns
        let panels = ceilDivide(k.length, panel)
        let tilePanels = max(1, min(panels, 16_384 / (heads.size * panel)))
        let arguments = transpose_keys_arguments(
            k.strides, length: k.length, heads: heads, tilePanels: tilePanels, geometry: geometry)
        let stride = arguments.y_head_stride
        let floats = k.batch * heads.count * stride
        let keys = newBuffer(floats: roundUp(floats, channelBlock))
        let tiles = HeadTiles(
            heads: heads.count, tiles: arguments.panel_tiles, tile: tilePanels * panel, length: k.length)
        append(
            Step(
                name: name, kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads.count, heads.size, k.length],
                tileCount: k.batch * heads.count * arguments.panel_tiles, joinsPrevious: joinsPrevious),
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
