/// Reports for spreadsheets and notebooks: a header and a row for each run, operation or profile, in the form of
/// RFC 4180 with single line feeds.
///
/// Columns are the keys of JSON; those of an object's members follow its own after a point: `latency_ms.p50`. A list of
/// plain values is a cell, its values separated by semicolons; other lists are left out. What is not known is empty.
public struct CSVReport: ReportWriter {
    /// A writer.
    public init() {}

    /// Header and rows. Where rows differ in their keys there is a column for each key of any.
    public func text(_ report: some PrintedReport) -> String {
        let rows = report.rows.map { $0.cells }
        var columns: [String] = []
        var known: Set<String> = []
        for row in rows {
            for cell in row where known.insert(cell.key).inserted { columns.append(cell.key) }
        }
        var text = Self.line(columns)
        for row in rows {
            let values = Dictionary(row.map { ($0.key, $0.text) }) { $1 }
            text += Self.line(columns.map { values[$0] ?? "" })
        }
        return text
    }

    private static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\n" }

    private static func quoted(_ cell: String) -> String {
        guard cell.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return cell }
        return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension FieldValue {
    /// Keys and texts of an object's cells.
    fileprivate var cells: [(key: String, text: String)] {
        guard case .object(let members) = self else { return [] }
        return members.flatMap { member in
            switch member.value {
            case .object: return member.value.cells.map { (member.key + "." + $0.key, $0.text) }
            case .array(let values):
                let texts = values.compactMap(\.cell)
                return texts.count == values.count ? [(member.key, texts.joined(separator: ";"))] : []
            default: return [(member.key, member.value.cell ?? "")]
            }
        }
    }

    /// The text of a plain value; nil of a list or an object.
    private var cell: String? {
        switch self {
        case .null: ""
        case .string(let text): text
        case .array, .object: nil
        default: json() == "null" ? "" : json()
        }
    }
}
