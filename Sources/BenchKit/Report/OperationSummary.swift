import UNet1D

/// An operation of a plan.
public struct OperationSummary: Sendable {
    /// Operations of one stage do not depend on one another.
    public var stage: Int
    /// Its module.
    public var name: String
    /// What it does.
    public var kind: String
    /// (batch, length, channels).
    public var inputShape: [Int]
    /// (batch, length, channels) of what it writes.
    public var shape: [Int]
    /// Units of work that workers claim.
    public var tiles: Int
    /// Multiply-adds in direct form.
    public var multiplyAdds: Int
    /// Products of the chosen algorithm, without taps that meet padding.
    public var products: Int
    /// Bytes of activations and weights, each counted once.
    public var bytesRead: Int
    /// The bytes of weights among `bytesRead`.
    public var weightBytes: Int
    /// Bytes of activations.
    public var bytesWritten: Int
    /// The buffer that it writes, an index into the plan's; nil: the caller's output.
    public var buffer: Int?
    /// The offset of this buffer in the arena.
    public var arenaOffset: Int?
    /// Why it is computed the way it is, where there was a choice.
    public var reason: String?
    /// The module whose result the epilogue computes after each tile, while the tile is in the worker's cache; nil:
    /// none.
    public var epilogue: String?
    /// The kind of the epilogue: a norm with its activation and sums, or statistics; nil: there is none.
    public var epilogueKind: String?

    /// Compulsory traffic.
    public var bytes: Int { bytesRead + bytesWritten }
}

extension OperationSummary {
    /// A plan's operations in order.
    static func all(_ plan: Plan) -> [OperationSummary] {
        let placements = plan.bufferPlacements
        return plan.operations.map { operation in
            OperationSummary(
                stage: operation.stage, name: operation.name, kind: operation.kind.rawValue,
                inputShape: operation.inputShape, shape: operation.outputShape, tiles: operation.tileCount,
                multiplyAdds: operation.multiplyAdds, products: operation.products, bytesRead: operation.bytesRead,
                weightBytes: operation.weightBytes, bytesWritten: operation.bytesWritten,
                buffer: operation.outputBuffer, arenaOffset: operation.outputBuffer.map { placements[$0].offset },
                reason: operation.reason, epilogue: operation.followedBy?.name,
                epilogueKind: operation.followedBy?.kind.rawValue)
        }
    }
}

extension Field where Subject == OperationSummary {
    static var name: Field { Field("name", \.name) }
    static var kind: Field { Field("kind", \.kind) }
    static var shape: Field { Field("shape", \.shape) }
    static var products: Field { Field("products", \.products) }
    static var epilogueKind: Field { Field("follower_kind", \.epilogueKind) }
}

extension OperationSummary: ReportRecord {
    /// What a plan tells of an operation.
    public static var fields: [Field<Self>] {
        [
            Field("stage", \.stage), .name, .kind, Field("input_shape", \.inputShape), .shape, Field("tiles", \.tiles),
            Field("multiply_adds", \.multiplyAdds), .products, Field("bytes_read", .bytes, \.bytesRead),
            Field("weight_bytes", .bytes, \.weightBytes), Field("bytes_written", .bytes, \.bytesWritten),
            Field("buffer", \.buffer), Field("arena_offset", .bytes, \.arenaOffset), Field("reason", \.reason),
            Field("follower", \.epilogue), .epilogueKind,
        ]
    }
}
