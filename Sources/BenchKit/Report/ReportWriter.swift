/// A form of reports: text, JSON, a table.
public protocol ReportWriter: Sendable {
    /// The whole text, ending in a line break.
    func text(_ report: some PrintedReport) -> String
}

/// The formats that exist.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// For programs: one object.
    case json
    /// For programs: a line for each measured forward, then one for the run.
    case jsonl
    /// For spreadsheets and notebooks: a row for each run.
    case csv
    /// For pull requests: one narrow table.
    case markdown
    /// For browsers.
    case html

    /// The ending of its files.
    private var ending: String {
        switch self {
        case .text: ".txt"
        case .json: ".json"
        case .jsonl: ".jsonl"
        case .csv: ".csv"
        case .markdown: ".md"
        case .html: ".html"
        }
    }

    /// The format of that name; if none is named, that of the file's ending, or text.
    ///
    /// - Parameters:
    ///   - file: where the report goes; nil: to standard output.
    ///   - report: what is to be written.
    ///   - others: what the command can write besides, which the error names.
    /// - Throws: `BenchError.option` for a name that is none, or that of a format which has no form for such reports.
    public init(
        named name: String?, file: String? = nil, for report: any PrintedReport.Type = Report.self,
        others: [String] = []
    ) throws(BenchError) {
        let ofFile = file.flatMap { file in Self.allCases.first { file.lowercased().hasSuffix($0.ending) } }
        let name = name ?? (ofFile ?? .text).rawValue
        guard let format = ReportFormat(rawValue: name), report.formats.contains(format) else {
            let known = (report.formats.map(\.rawValue) + others).joined(separator: ", ")
            throw .option(name: "format", found: name, expected: "one of \(known) for \(report.title)")
        }
        self = format
    }

    /// What writes it.
    public var writer: any ReportWriter {
        switch self {
        case .text: TextReport()
        case .json: JSONReport()
        case .jsonl: JSONLinesReport()
        case .csv: CSVReport()
        case .markdown: MarkdownReport()
        case .html: HTMLReport()
        }
    }
}
