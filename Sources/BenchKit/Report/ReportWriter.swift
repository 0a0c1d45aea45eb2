/// A format of all reports.
public protocol ReportWriter: Sendable {
    /// The whole text, ending in a line break.
    func text(_ report: Report) -> String
    /// The whole text, ending in a line break.
    func text(_ plan: PlanReport) -> String
    /// The whole text, ending in a line break.
    func text(_ profiles: ProfileList) -> String
    /// The whole text, ending in a line break.
    func text(_ inspection: ModelInspection) -> String
}

/// The formats that exist.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// For people.
    case text
    /// For programs.
    case json

    /// The format of that name; text if none is named.
    ///
    /// - Throws: `BenchError.option`.
    public init(named name: String?) throws(BenchError) {
        let name = name ?? Self.text.rawValue
        guard let format = ReportFormat(rawValue: name) else {
            let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .option(name: "format", found: name, expected: "one of \(known)")
        }
        self = format
    }

    /// What writes it.
    public var writer: any ReportWriter {
        switch self {
        case .text: TextReport()
        case .json: JSONReport()
        }
    }
}
