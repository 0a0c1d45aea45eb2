/// What to make of a report's figures: what a reader should know before any of them.
public struct Verdict: Sendable, Equatable {
    /// How far the figures can be trusted.
    public enum Grade: String, Sendable {
        /// Another run on this machine will give nearly the same median.
        case steady
        /// Forwards differ: something disturbed them, or they vary by themselves.
        case noisy
        /// Too few forwards were measured, or for too short a time.
        case short
        /// The build is one for debugging, whose times are not the library's.
        case debug
    }

    /// How far the figures can be trusted.
    public var grade: Grade
    /// Why, in one clause.
    public var reason: String
    /// What to read, and what to do.
    public var advice: String

    /// Reason and advice, after the grade.
    public var sentence: String { "\(grade.rawValue): \(reason); \(advice)" }
}

extension Verdict: ReportRecord {
    /// The grade and its grounds.
    public static var fields: [Field<Verdict>] {
        [Field("grade", \.grade.rawValue), Field("reason", \.reason), Field("advice", \.advice)]
    }
}

extension Report {
    /// What to make of the figures, by the warnings and by how far percentiles lie from the median.
    public var verdict: Verdict { Verdict(measurement.forwards, probe: measurement.probe?.timings, warnings) }
}

extension Verdict {
    /// Forwards are steady up to this ratio of p90 to the median, where nothing is known to have disturbed p99.
    private static let steadyRatio = 1.1
    /// Forwards are steady up to this ratio of p99 to the median, where something is known to have disturbed them.
    private static let steadyFarRatio = 1.5

    /// A verdict on forwards, which may have alternated with probes.
    init(_ forwards: Timings, probe: Timings?, _ warnings: [Warning]) {
        func first(_ kind: Warning.Kind) -> Warning? { warnings.first { $0.kind == kind } }
        let (latency, cause) = (forwards.latency, first(.noise))
        let median = Figures.milliseconds(latency.p50)
        if let build = first(.build) {
            self.init(grade: .debug, reason: build.text, advice: build.advice)
        } else if let extent = first(.extent) {
            self.init(grade: .short, reason: extent.text, advice: "take them for a first guess, and \(extent.advice)")
        } else if !Self.isSteady(latency) {
            self = Self.noisy(forwards, probe: probe, cause)
        } else if let cause, let far = latency.spread, far > Self.steadyFarRatio {
            let ratio = Figures.fixed(far, 2)
            self.init(
                grade: .noisy,
                reason: "one forward in a hundred took over \(ratio) times the median, and \(cause.text)",
                advice: "the median of \(median) ms holds, but p99 and beyond are the machine's; \(cause.advice)")
        } else {
            let ratio = Figures.fixed(latency.p90 / latency.p50, 2)
            self.init(
                grade: .steady,
                reason: "nine forwards in ten took at most \(ratio) times the median"
                    + (cause.map { ", although \($0.text)" } ?? ""),
                advice: "the median of \(median) ms can be compared with other runs on this machine")
        }
    }

    private static func isSteady(_ latency: Statistics) -> Bool { latency.p90 <= steadyRatio * latency.p50 }

    /// The verdict on forwards that differ.
    private static func noisy(_ forwards: Timings, probe: Timings?, _ cause: Warning?) -> Verdict {
        let latency = forwards.latency
        var reason = "one forward in ten took over \(Figures.fixed(latency.p90 / latency.p50, 2)) times the median"
        var remedy: String?
        if let cause {
            reason += ", and \(cause.text)"
            remedy = cause.advice
        } else if let probe {
            reason +=
                isSteady(probe.latency)
                ? ", while the machine's probe was steady: forwards vary by themselves"
                : ", and the machine's probe varied, too"
        } else {
            remedy = "--probe tells whether it is the machine"
        }
        var advice =
            "the time on a quiet machine is between the fastest and the median, \(Figures.milliseconds(latency.min)) to "
            + "\(Figures.milliseconds(latency.p50)) ms"
        if forwards.switchedOut > 0, let undisturbed = forwards.undisturbed, isSteady(undisturbed) {
            advice = "undisturbed forwards are steady: read their row"
        }
        return Verdict(grade: .noisy, reason: reason, advice: advice + (remedy.map { "; \($0)" } ?? ""))
    }
}
