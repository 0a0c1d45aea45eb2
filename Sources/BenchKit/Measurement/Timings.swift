/// What the times of forwards, or of probes, tell.
public struct Timings: Sendable, Equatable {
    /// Fewer undisturbed forwards than this tell nothing.
    public static let fewestUndisturbed = 10

    /// Percentiles of all, in milliseconds.
    public var latency: Statistics
    /// Forwards or probes during which a thread of the process was switched out for another program.
    public var switchedOut: Int
    /// Percentiles of the others, in milliseconds; nil if there are fewer than `fewestUndisturbed`.
    public var undisturbed: Statistics?

    /// Percentiles of all and, where there are enough of them, of the undisturbed ones.
    init(latency: Statistics, switchedOut: Int, undisturbed: Statistics? = nil) {
        self.latency = latency
        self.switchedOut = switchedOut
        self.undisturbed = undisturbed.flatMap { $0.count < Self.fewestUndisturbed ? nil : $0 }
    }
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
