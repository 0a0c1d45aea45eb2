extension TextReport {
    /// A line for each run: what varies, then figures. What all runs have in common stands above.
    func text(_ sweep: Sweep) -> String {
        var text = ""
        if let first = sweep.runs.first {
            let names = Set(sweep.runs.map { $0.workload.profile ?? $0.workload.model ?? "" })
            let name = names.count == 1 ? names.first.map { "  \($0)" } ?? "" : ""
            text += "unet1d \(first.host.version)\(name)\n\n"
        }
        text += rows(sweep) + failures(sweep)
        text += "\n            \(Figures.counted(sweep.runs.count, "row")) in \(Figures.counted(sweep.rounds, "round"))"
        text += sweep.isInterrupted ? ", ended by \(Interruption.name)\n" : "\n"
        return text + notes(sweep.notes) + warnings(sweep)
    }

    private func rows(_ sweep: Sweep) -> String {
        let besides = BesidesColumns(sweep.runs)
        let percentiles = PercentileColumns(sweep.runs)
        var columns = sweep.parameters.map { ($0, Table.Alignment.right) }
        columns +=
            (["forwards", "min ms"] + percentiles.titles + ["max ms", "positions/s", "GFLOP/s"])
            .map { ($0, .right) }
        columns += besides.titles.map { ($0, .right) }
        columns.append(("verdict", .left))
        var table = Table(columns)
        for row in sweep.runs {
            let latency = row.latency
            var cells = sweep.parameters.map { Sweep.value(of: $0, in: row) }
            cells.append("\(latency.count)")
            cells.append(Figures.milliseconds(latency.min))
            cells += percentiles.cells(row)
            cells += [
                Figures.milliseconds(latency.max), Figures.count(row.samplesPerSecond),
                Figures.short(row.gflopsEffective),
            ]
            table.add(cells + besides.cells(row) + [row.verdict.grade.rawValue])
        }
        return sweep.runs.isEmpty ? "" : table.text(indent: "")
    }

    private func failures(_ sweep: Sweep) -> String {
        if sweep.failures.isEmpty { return "" }
        return "\nwithout figures\n"
            + sweep.failures.map { failure in
                let values = zip(sweep.parameters, failure.values).map { "\($0) \($1)" }
                return "  \(values.joined(separator: ", ")): \(failure.reason)\n"
            }.joined()
    }

    /// What to do about warnings, each thing once, with the first row's problem and all rows that it is about.
    private func warnings(_ sweep: Sweep) -> String {
        var found: [(warning: Warning, rows: [Int])] = []
        for (index, row) in sweep.runs.enumerated() {
            for warning in row.warnings {
                if let known = found.firstIndex(where: { $0.warning.advice == warning.advice }) {
                    if found[known].rows.last != index + 1 { found[known].rows.append(index + 1) }
                } else {
                    found.append((warning, [index + 1]))
                }
            }
        }
        if found.isEmpty { return "" }
        return "\nwarnings\n"
            + found.map { warning, rows in
                let numbers = rows.map(String.init).joined(separator: ", ")
                let which = rows.count == sweep.runs.count ? "all rows" : "rows \(numbers)"
                return "  \(rows.count == 1 ? "" : "\(which); ")row \(rows[0]): \(warning.text)\n"
                    + "    → \(warning.advice)\n"
            }.joined()
    }
}
