/// The forms of a plan's report: those of every report, and a drawing of the arena.
public enum PlanFormat: Sendable {
    /// A report in any of its formats.
    case report(ReportFormat)
    /// The arena alone: offset against stage.
    case svg

    /// The format of that name; text if none is named.
    ///
    /// - Throws: `BenchError.option`.
    public init(named name: String?) throws(BenchError) {
        self = name == "svg" ? .svg : .report(try ReportFormat(named: name, for: PlanReport.self, others: ["svg"]))
    }

    /// The whole text, ending in a line break.
    public func text(_ plan: PlanReport) -> String {
        switch self {
        case .report(let format): format.writer.text(plan)
        case .svg: ArenaFigure.svg(plan)
        }
    }
}
