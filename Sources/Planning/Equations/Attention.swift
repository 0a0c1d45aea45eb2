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
        if builder.multipliesBFloat {
            buildPaired(in: &builder)
        } else {
            let keys = builder.transposedHeads(builder.placed(k), heads, name: name + ".keys")
            let (q, v, y) = (builder.placed(q), builder.placed(v), builder.allocated(y))
            let arguments = attention_arguments(
                q: q.strides, v: v.strides, y: y.strides, length: q.length, heads: heads,
                tileQueries: tileQueries(rate: 1, builder), geometry: builder.geometry)
            let tiles = HeadTiles(
                heads: heads.count, tiles: arguments.query_tiles, tile: arguments.tile_queries, length: q.length)
            append(
                .attention, arguments, tiles, products: nil,
                keys: headOperand(\.keys, keys, bytes: q.bytes, stride: arguments.keys_head_stride, tiles),
                values: .read(
                    \.v, v, tiles.region(v.strides, head: heads.stride, width: heads.stride) { _ in 0..<q.length }),
                in: &builder)
        }
    }

    /// Appends the operations that multiply in bfloat16.
    private func buildPaired(in builder: inout OperationBuilder) {
        let (keys, values) = builder.pairedHeads(builder.placed(k), builder.placed(v), heads, name: name + ".pairs")
        let (q, y) = (builder.placed(q), builder.allocated(y))
        let arguments = attention_arguments(
            pairedQ: q.strides, y: y.strides, length: q.length, heads: heads,
            tileQueries: tileQueries(rate: 2, builder), geometry: builder.geometry)
        let tiles = HeadTiles(
            heads: heads.count, tiles: arguments.query_tiles, tile: arguments.tile_queries, length: q.length)
        append(
            .attentionBFloat, arguments, tiles, products: multiplyAdds / 2,
            keys: headOperand(\.keys, keys, bytes: q.bytes / 2, stride: arguments.keys_head_stride, tiles),
            values: headOperand(\.v, values, bytes: q.bytes / 2, stride: arguments.v_head_stride, tiles), in: &builder)
    }

    private var multiplyAdds: Int { saturatingProduct(2, q.batch, heads.count, q.length, q.length, heads.size) }

    /// Queries of a tile, for `rate` multiply-adds in the time of one.
    private func tileQueries(rate: Int, _ builder: OperationBuilder) -> Int {
        let (sizes, rows, length) = (builder.tiling.sizes, builder.geometry.attention_queries, q.length)
        let blocks = max(1, rate * sizes.targetMultiplyAdds / (2 * length * heads.stride * rows))
        let most = max(1, ceilDivide(length, rows * sizes.wantedTiles))
        return min(length, min(blocks, most) * rows)
    }

    /// A buffer that has `stride` floats for each head, all of which a tile reads.
    private func headOperand(
        _ field: PartialKeyPath<attention_arguments>, _ buffer: Int, bytes: Int, stride: Int, _ tiles: HeadTiles
    ) -> ArgumentField<attention_arguments> {
        .read(
            field, Location(buffer: buffer, offset: 0), bytes: bytes,
            tiles.region(RowStrides(position: 0, row: heads.count * stride), head: stride, width: stride) { _ in
                0..<1
            })
    }

    private func append(
        _ kernel: Kernel, _ arguments: attention_arguments, _ tiles: HeadTiles, products: Int?,
        keys: ArgumentField<attention_arguments>, values: ArgumentField<attention_arguments>,
        in builder: inout OperationBuilder
    ) {
        let (q, y, stride) = (builder.placed(q), builder.placed(y), heads.stride)
        builder.append(
            Step(
                name: name + ".attention", kind: .attention, inputShape: q.shape, outputShape: y.shape,
                tileCount: q.batch * heads.count * arguments.query_tiles, multiplyAdds: multiplyAdds,
                products: products),
            KernelCall(
                kernel, arguments, scratchBytes: arguments.scratch_bytes,
                [
                    .read(\.q, q, tiles.region(q.strides, head: stride, width: stride)), keys, values,
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
    /// The buffers of keys and of values in pairs of bfloat16.
    fileprivate mutating func pairedHeads(
        _ k: Value, _ v: Value, _ heads: Heads, name: String
    ) -> (keys: Int, values: Int) {
        let panel = geometry.panel_columns
        let panels = ceilDivide(k.length, panel)
        let tilePanels = max(1, min(panels, 16_384 / (heads.stride * panel)))
        let arguments = pair_heads_arguments(
            k: k.strides, v: v.strides, length: k.length, heads: heads, tilePanels: tilePanels, geometry: geometry)
        let tiles = HeadTiles(
            heads: heads.count, tiles: arguments.panel_tiles, tile: tilePanels * panel, length: k.length)
        /// A written buffer whose heads have panels of `words` words.
        func newOperand(
            _ field: PartialKeyPath<pair_heads_arguments>, stride: Int, words: Int
        ) -> (buffer: Int, field: ArgumentField<pair_heads_arguments>) {
            let floats = k.batch * heads.count * stride
            let buffer = newBuffer(floats: roundUp(floats, channelBlock))
            let region = tiles.region(
                RowStrides(position: words, row: heads.count * stride), head: stride, width: words
            ) { $0.lowerBound / panel..<ceilDivide($0.upperBound, panel) }
            return (buffer, .written(field, Location(buffer: buffer, offset: 0), bytes: 4 * floats, region))
        }
        let keys = newOperand(
            \.keys, stride: arguments.keys_head_stride, words: arguments.keys_head_stride / panels)
        let values = newOperand(
            \.values, stride: arguments.values_head_stride, words: arguments.values_head_stride / panels)
        let width = heads.stride
        append(
            Step(
                name: name, kind: .transposeKeys, inputShape: k.shape,
                outputShape: [k.batch * heads.count, heads.size, k.length],
                tileCount: k.batch * heads.count * arguments.panel_tiles),
            KernelCall(
                .pairHeads, arguments, scratchBytes: arguments.scratch_bytes,
                [
                    .read(\.k, k, tiles.region(k.strides, head: width, width: width)),
                    .read(\.v, v, tiles.region(v.strides, head: width, width: width)), keys.field, values.field,
                ]))
        return (keys.buffer, values.buffer)
    }

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
