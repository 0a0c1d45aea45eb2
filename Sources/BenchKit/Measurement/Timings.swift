/// What the times of forwards, or of probes, tell.
public struct Timings: Sendable, Equatable {
    /// Percentiles of all, in milliseconds.
    public var latency: Statistics
    /// Forwards or probes during which a thread of the process was switched out for another program.
    public var switchedOut: Int
    /// Percentiles of the others, in milliseconds; nil if there are none.
    public var undisturbed: Statistics?
}

extension Timings: ReportRecord {
    /// Percentiles of all and of the undisturbed ones.
    public static var fields: [Field<Timings>] {
        [
            Field("latency_ms", .milliseconds, \.latency), Field("switched_out", \.switchedOut),
            Field("undisturbed_latency_ms", .milliseconds, \.undisturbed),
        ]
    }
}
