/// How long to measure, and when forwards start: settings, checked.
public struct Schedule: Sendable, Equatable {
    /// Forwards before the measurement; nil: for a while.
    public let warmup: Int?
    /// The most forwards to measure; nil: only time ends the measurement.
    public let iterations: Int?
    /// Forwards that are measured however long they take.
    public let minimum: Int
    /// The most nanoseconds to measure; nil: only the count ends the measurement.
    public let durationNanoseconds: UInt64?
    /// Nanoseconds from the start of a forward to the start of the next; nil: at once.
    public let periodNanoseconds: UInt64?
    /// Whether the last-level cache is evicted before each forward.
    public let cold: Bool
    /// Milliseconds that a forward should not exceed.
    public let deadline: Double?

    /// Whether a probe of the machine's own noise alternates with the forwards.
    public let probe: Bool
    /// Forwards after which it is another program's turn; nil: never.
    public let turns: Int?

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
        periodNanoseconds = settings.period.map { max(1, UInt64($0 * 1e6)) }
        cold = settings.cold ?? false
        deadline = settings.deadline
        probe = settings.probe ?? false
        turns = settings.turns
    }
}
