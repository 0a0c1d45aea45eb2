/// How long to measure, and when forwards start: settings, checked.
public struct Schedule: Sendable, Equatable {
    /// Forwards before the measurement; nil: for a while.
    public var warmup: Int?
    /// The most forwards to measure; nil: only time ends the measurement.
    public var iterations: Int?
    /// Forwards that are measured however long they take.
    public var minimum: Int
    /// The most nanoseconds to measure; nil: only the count ends the measurement.
    public var durationNanoseconds: UInt64?
    /// Milliseconds from the start of a forward to the start of the next; nil: forwards follow one another at once.
    public var period: Double?
    /// Whether the last-level cache is evicted before each forward.
    public var cold: Bool
    /// Milliseconds that a forward should not exceed.
    public var deadline: Double?
    /// Whether a probe of the machine's own noise alternates with the forwards.
    public var probe: Bool
    /// Forwards after which it is another program's turn; nil: never.
    public var turns: Int?
    /// Whether outputs with gradients are measured, too.
    public var gradient: Bool
    /// The percentiles that reports give.
    public var percentiles: [Percentile]

    /// The most forwards that are measured: their times are kept.
    public static let mostIterations = 10_000_000

    /// Checks settings. Without a count and a duration: 200 forwards or five seconds, whichever ends first, but
    /// three forwards at least.
    ///
    /// - Throws: `BenchError.option`.
    public init(_ settings: Settings) throws(BenchError) {
        warmup = settings.warmup
        if let warmup = settings.warmup, !(0...Self.mostIterations ~= warmup) {
            throw .option(name: "warmup", found: "\(warmup)", expected: "0 to \(Self.mostIterations)")
        }
        if let iterations = settings.iterations, !(1...Self.mostIterations ~= iterations) {
            throw .option(name: "iterations", found: "\(iterations)", expected: "1 to \(Self.mostIterations)")
        }
        if let turns = settings.turns, !(1...Self.mostIterations ~= turns) {
            throw .option(name: "turns", found: "\(turns)", expected: "1 to \(Self.mostIterations)")
        }
        if let turns = settings.turns, settings.output == nil {
            throw .option(
                name: "turns", found: "\(turns) with the report on standard output, where turns are told",
                expected: "a report elsewhere; name a file with --output")
        }
        let day = 86_400.0
        for (name, value, scale) in [
            ("duration", settings.duration, 1.0), ("period", settings.period, 1e3),
            ("deadline", settings.deadline, 1e3),
        ] {
            if let value, !(value > 0 && value <= day * scale) {
                throw .option(
                    name: name, found: "\(value)",
                    expected: "a number above 0, at most \(Int(day * scale)) \(scale == 1 ? "seconds" : "milliseconds")"
                )
            }
        }
        let unlimited = settings.iterations == nil && settings.duration == nil
        minimum = unlimited ? 3 : 1
        iterations = unlimited ? 200 : settings.iterations
        durationNanoseconds = (unlimited ? 5 : settings.duration).map { UInt64($0 * 1e9) }
        period = settings.period
        cold = settings.cold ?? false
        deadline = settings.deadline
        probe = settings.probe ?? false
        turns = settings.turns
        gradient = settings.gradient ?? false
        percentiles = try Percentile.list(settings.percentiles)
    }

    /// `period` in nanoseconds.
    public var periodNanoseconds: UInt64? { period.map { max(1, UInt64($0 * 1e6)) } }

    /// The number of forwards to make room for: the requested count, or the number that fits in the time even if they
    /// become faster.
    ///
    /// - Parameter fastest: nanoseconds of the fastest forward so far.
    func capacity(fastest: UInt64) -> Int {
        let most = iterations ?? Self.mostIterations
        guard let durationNanoseconds else { return most }
        let interval = max(fastest / 4, periodNanoseconds ?? 1, 1)
        return min(most, Int(durationNanoseconds / interval) + 16)
    }
}
