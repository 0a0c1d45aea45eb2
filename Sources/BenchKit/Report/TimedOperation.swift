/// An operation of a run, timed alone, its epilogue included.
public struct TimedOperation: Sendable {
    /// The operation.
    public var operation: OperationSummary
    /// The median, in milliseconds.
    public var milliseconds: Double
    /// What it cannot be faster than; nil where the machine was not probed.
    public var bound: Bounds.Bound?

    /// An operation that took `milliseconds`.
    public init(_ operation: OperationSummary, milliseconds: Double, bounds: Bounds?) {
        self.operation = operation
        self.milliseconds = milliseconds
        bound = bounds?.bound(
            products: operation.products, weightBytes: operation.weightBytes,
            activationBytes: operation.bytes - operation.weightBytes)
    }

    /// 2 × multiply-adds ÷ time.
    public var gflops: Double { milliseconds > 0 ? 2 * Double(operation.multiplyAdds) / (milliseconds * 1e6) : 0 }
}

extension TimedOperation: ReportRecord {
    /// What a run tells of an operation.
    public static var fields: [Field<Self>] {
        let kind: [Field<OperationSummary>] = [.name, .kind, .epilogueKind, .shape]
        let work: [Field<OperationSummary>] = [.products, Field("bytes", .bytes, \.bytes)]
        return kind.of(\.operation) + [
            Field("milliseconds", .milliseconds, \.milliseconds), Field("gflops", .gflops, \.gflops),
        ] + work.of(\.operation) + [
            Field("bound_ms", .milliseconds) { $0.bound?.milliseconds },
            Field("bound_share") { timed in timed.bound.map { $0.milliseconds / timed.milliseconds } },
            Field("bound_by") { $0.bound?.limit.rawValue },
        ]
    }
}
