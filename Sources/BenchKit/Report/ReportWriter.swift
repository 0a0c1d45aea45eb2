/// A form of a run's report and of a plan's.
public protocol ReportWriter: Sendable {
    /// The whole text, ending in a line break.
    func text(_ report: Report) -> String
    /// The whole text, ending in a line break.
    func text(_ plan: PlanReport) -> String
    /// The whole text, ending in a line break.
    func text(_ entries: [ProfileLibrary.Entry]) -> String
}

/// The formats that exist.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// For programs.
    case json

    /// The format of that name; text if none is named.
    ///
    /// - Throws: `BenchError.unavailable`, `BenchError.option`.
    public init(named name: String?) throws(BenchError) {
        let name = name ?? "text"
        if let format = ReportFormat(rawValue: name) {
            self = format
            return
        }
        let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
        if ["jsonl", "csv", "markdown", "html", "svg"].contains(name) {
            throw .unavailable(name: "format", found: name, available: "formats: \(known)")
        }
        throw .option(name: "format", found: name, expected: "one of \(known)")
    }

    /// What writes it.
    public var writer: any ReportWriter {
        switch self {
        case .text: TextReport()
        case .json: JSONReport()
        }
    }
}
