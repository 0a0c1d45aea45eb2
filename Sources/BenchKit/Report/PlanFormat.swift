/// The forms of a plan's report: those of every report, and a drawing of the arena.
public enum PlanFormat: Sendable {
    /// A report in any of its formats.
    case report(ReportFormat)
    /// The arena alone: offset against stage.
    case svg

    /// The format of that name; if none is named, that of the file's ending, or text.
    ///
    /// - Throws: `BenchError.option`.
    public init(named name: String?, file: String? = nil) throws(BenchError) {
        let isDrawing = name.map { $0 == "svg" } ?? file?.lowercased().hasSuffix(".svg") ?? false
        self =
            isDrawing
            ? .svg : .report(try ReportFormat(named: name, file: file, for: PlanReport.self, others: ["svg"]))
    }

    /// The whole text, ending in a line break.
    public func text(_ plan: PlanReport) -> String {
        switch self {
        case .report(let format): format.writer.text(plan)
        case .svg: ArenaFigure.svg(plan)
        }
    }
}
