/// Columns of text, aligned.
struct Table {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.title)]
    }

    mutating func add(_ row: [String]) {
        precondition(row.count == alignments.count)
        rows.append(row)
    }

    /// A line for each row, two spaces between columns, none at the end of a line.
    func text(indent: String) -> String {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = alignments.indices.map { column in
                let fill = String(repeating: " ", count: widths[column] - row[column].count)
                return alignments[column] == .left ? row[column] + fill : fill + row[column]
            }
            var line = indent + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// A table in GitHub's Markdown.
    var markdown: String {
        let rule = alignments.map { $0 == .left ? "---" : "---:" }
        let cells = rows.map { $0.map(Self.escaped) }
        return ([cells[0], rule] + cells.dropFirst()).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
    }

    /// A cell is one line, and a bar in it is no end of it.
    private static func escaped(_ cell: String) -> String {
        cell.split { $0.isNewline }.joined(separator: " ").split(separator: "|", omittingEmptySubsequences: false)
            .joined(separator: "\\|")
    }
}
