/// What several runs found whose slices alternated, so that whatever drifts meanwhile falls on all alike.
public struct Sweep: Sendable {
    /// The name and version of the JSON form.
    public static let schema = "unet1d-sweep/1"

    /// The flags that had several values, by name.
    public var parameters: [String]
    /// The runs, in the order of the flags' values; without those that failed.
    public var runs: [Report]
    /// The runs that there are no figures of.
    public var failures: [Failure]
    /// How often each run had its turn, unless it was over before.
    public var rounds: Int
    /// Whether Ctrl-C ended it.
    public var isInterrupted: Bool
    /// What was odd about it, a sentence each.
    public var notes: [String]

    /// A combination of values that there are no figures of.
    public struct Failure: Sendable, Equatable {
        /// The values of the sweep's parameters.
        public var values: [String]
        /// Why.
        public var reason: String
    }
}

extension Sweep: ReportRecord {
    /// Schema `unet1d-sweep/1`.
    public static var fields: [Field<Sweep>] {
        [
            Field("schema") { _ in schema }, Field("parameters", \.parameters), Field("rounds", \.rounds),
            Field("interrupted", \.isInterrupted),
            Field("failures") { sweep in sweep.failures.map(sweep.row) },
            Field("notes", \.notes), Field("rows", \.runs),
        ]
    }

    /// The values and the reason of a combination that there are no figures of.
    private func row(_ failure: Failure) -> FieldValue {
        .object(
            zip(parameters, failure.values).map { ($0, $1.fieldValue) } + [("error", failure.reason.fieldValue)])
    }

    /// The value that a run has of a parameter, as reports print it.
    public static func value(of parameter: String, in row: Report) -> String {
        switch parameter {
        case "profile": row.workload.profile ?? "–"
        case "batch": "\(row.plan.batch)"
        case "length": "\(row.plan.length)"
        case "threads": "\(row.plan.threads)"
        case "isa": row.plan.isa
        case "numa": row.placement.numaRequested.rawValue
        case "accuracy": row.plan.accuracy
        case "precision": row.plan.precision
        case "machine": row.plan.machine
        case "spin": row.spinMicroseconds.map { "\($0)" } ?? "forever"
        case "period": row.schedule.period.map(Figures.short) ?? "–"
        case "rate": row.load?.rate.map(Figures.short) ?? "–"
        case "steps": row.loop.map { "\($0.steps)" } ?? "–"
        case "short-levels": row.loop?.shortLevels.map { "\($0)" } ?? "–"
        default: "–"
        }
    }
}

extension Sweep: PrintedReport {
    /// A sweep.
    public static var title: String { "a sweep" }

    /// Its runs, and the combinations that there are no figures of, with a column `error`.
    public var rows: [FieldValue] { runs.map(\.row) + failures.map(row) }

    /// A line for each run.
    public var plainText: String { TextReport().text(self) }

    /// The best runs, how times change with each parameter, every run.
    public var html: String { HTMLReport().page(self).text }

    /// A row for each run, and a line for each combination that there are no figures of.
    public var markdown: String {
        let lines = failures.map { failure in
            let values = zip(parameters, failure.values).map { "\($0) \($1)" }.joined(separator: ", ")
            return "- \(values): \(failure.reason)\n"
        }
        return RunTable(runs).markdown + (lines.isEmpty ? "" : "\n" + lines.joined())
    }
}
