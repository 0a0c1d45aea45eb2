extension Comparison: PrintedReport {
    /// A comparison.
    public static var title: String { "a comparison" }

    /// Its samples are those of the reports that it is made of: there are no lines of them.
    public static var formats: [ReportFormat] { [.text, .json, .csv, .markdown, .html] }

    /// The base, without columns of a difference, and the others.
    public var rows: [FieldValue] { [base.row] + others.map(\.fieldValue) }

    /// A row for each run, what it means, what they differ in, and what is known of noise.
    public var plainText: String {
        var text = table.text(indent: "") + "\n"
        text += others.map { "\($0.name) \(ComparisonText.sentence($0))\n" }.joined()
        if !differences.isEmpty { text += "\n" + differenceTable.text(indent: "") }
        for other in others {
            text += "\nnoise between \(base.name) and \(other.name)\n"
            text += noise(other).map { "  \($0)\n" }.joined()
        }
        return text + (ComparisonText.limit(self).map { "\n\($0)\n" } ?? "")
    }

    /// Verdicts, ratios with their intervals, percentiles, what is known of noise.
    public var html: String { HTMLReport().page(self).text }

    /// A narrow table, what it means, what they differ in, and what is known of noise.
    public var markdown: String {
        var text = table.markdown + "\n" + others.map { "**\($0.name)** \(ComparisonText.sentence($0)).\n" }.joined()
        if let limit = ComparisonText.limit(self) { text += "**\(limit)**\n" }
        if !differences.isEmpty { text += "\n" + differenceTable.markdown }
        for other in others {
            text += "\n<details><summary>Noise between \(base.name) and \(other.name)</summary>\n\n"
            text += noise(other).map { "- \($0)\n" }.joined() + "\n</details>\n"
        }
        return text
    }

    private var table: Table {
        let unit = LatencyUnit(medians: ([base] + others).map(\.latency.p50))
        var table = Table([
            ("run", .left), ("p50 \(unit.name)", .right), ("p99 \(unit.name)", .right), ("ratio", .right),
            ("\(ComparisonText.confidence) interval", .left), ("shift \(unit.name)", .right), ("verdict", .left),
        ])
        for run in [base] + others {
            let difference = run.difference
            table.add([
                run.name, unit.text(run.latency.p50), run.latency.p99.map(unit.text) ?? "–",
                difference.map { Figures.fixed($0.ratio.estimate, 3) } ?? "1",
                difference.map { ComparisonText.range($0.ratio, 3) } ?? "–",
                difference.map { ComparisonText.signed($0.shift.estimate, unit) } ?? "–",
                difference?.verdict.rawValue ?? "base",
            ])
        }
        return table
    }

    private var differenceTable: Table {
        var table = Table([("differs", .left)] + ([base] + others).map { ($0.name, .left) })
        for difference in differences { table.add([difference.field] + difference.values) }
        return table
    }

    private func noise(_ run: ComparedSide) -> [String] {
        run.difference.map { ComparisonText.noise($0.noise, interleaved: interleaved) } ?? []
    }
}
