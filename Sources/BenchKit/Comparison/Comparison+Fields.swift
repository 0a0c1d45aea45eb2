extension Comparison: ReportRecord {
    /// Schema `unet1d-compare/1`.
    public static var fields: [Field<Comparison>] {
        [
            Field("schema") { _ in schema }, Field("confidence") { _ in BlockBootstrap.confidence },
            Field("interleaved", \.interleaved), Field("fail_slower_percent", \.slowerLimit),
            Field("failed", \.failed),
            Field("differences") { comparison in
                FieldValue.object(comparison.differences.map { ($0.field, $0.values.fieldValue) })
            },
            Field("base", \.base), Field("runs", \.others),
        ]
    }
}

extension ComparedSide: ReportRecord {
    /// Name and percentiles; of all but the base, the difference.
    public static var fields: [Field<ComparedSide>] {
        own + [
            Field("verdict", \.difference?.verdict.rawValue), Field("ratio", \.difference?.ratio),
            Field("shift_ms", .milliseconds, \.difference?.shift),
            Field("smallest_visible_percent", \.difference?.smallestVisiblePercent),
            Field("noise", \.difference?.noise),
        ]
    }

    private static var own: [Field<ComparedSide>] {
        [
            Field("name", \.name), Field("launches", \.launches), Field("iterations", \.latency.count),
            Field("latency_ms", .milliseconds, \.latency),
        ]
    }

    /// What it is by itself, without a difference.
    var row: FieldValue { .object(Self.own.values(of: self)) }
}
