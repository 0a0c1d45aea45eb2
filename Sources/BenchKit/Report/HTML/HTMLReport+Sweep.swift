extension HTMLReport {
    /// The best runs, how times change with each parameter, every run.
    func page(_ sweep: Sweep) -> Page {
        let subjects = Set(sweep.runs.map { Self.subject($0.workload) }).sorted()
        let title = subjects.count == 1 ? subjects[0] : "\(Figures.counted(subjects.count, "model")) side by side"
        let version = sweep.runs.first?.host.version ?? benchVersion
        return Page(title: title, above: "UNet1D, measured by unet1d-bench \(version)") {
            Markup("p") { Self.sentence(sweep) }
            if let notice = Notice(sweep) { notice.markup }
            Tiles(sweep).markup
            let figures = ScalingFigure.all(sweep)
            if !figures.isEmpty {
                Page.section("Scaling", id: "scaling") {
                    Markup("div", ["class": "pair"]) { figures.map(\.markup) }
                }
            }
            Page.section("Every run", id: "runs") { Self.table(sweep) }
            if !sweep.failures.isEmpty {
                Page.section("Without figures", id: "failures") {
                    Page.facts(
                        sweep.failures.map { failure in
                            let values = zip(sweep.parameters, failure.values).map { "\($0) \($1)" }
                            return (values.joined(separator: ", "), failure.reason)
                        })
                }
            }
            Page.notes(sweep.notes)
        }
    }

    /// What was measured.
    private static func sentence(_ sweep: Sweep) -> String {
        var text = "\(Figures.counted(sweep.runs.count, "run")) that differ in "
        text += sweep.parameters.joined(separator: " and ")
        text += ", in turns so that whatever drifts falls on all alike"
        if let host = sweep.runs.first?.host { text += ", on \(host.cpu)" }
        return text + (sweep.isInterrupted ? ". \(Interruption.name) ended it early." : ".")
    }

    private static func table(_ sweep: Sweep) -> Markup {
        let percentiles = PercentileColumns(sweep.runs)
        let figures = ["forwards", "fastest ms"] + percentiles.titles + ["longest ms", "positions/s", "GFLOP/s"]
        let texts = sweep.parameters.indices.filter { index in
            sweep.runs.contains { Double(Sweep.value(of: sweep.parameters[index], in: $0)) == nil }
        }
        let besides = BesidesColumns(sweep.runs)
        return Page.table(
            "Every run", sweep.parameters + figures + besides.titles + ["grade"],
            texts: Set(texts + [sweep.parameters.count + figures.count + besides.titles.count]),
            rows: sweep.runs.map { row in
                let latency = row.latency
                return sweep.parameters.map { Sweep.value(of: $0, in: row) } + ["\(latency.count)"]
                    + [Figures.milliseconds(latency.min)] + percentiles.cells(row)
                    + [
                        Figures.milliseconds(latency.max), Figures.count(row.samplesPerSecond),
                        Figures.short(row.gflopsEffective),
                    ] + besides.cells(row)
                    + [row.verdict.grade.rawValue]
            })
    }
}

extension Tiles {
    /// The shortest latencies and the greatest throughput of a sweep, with the values that gave them.
    init(_ sweep: Sweep) {
        func values(_ row: Report) -> String {
            sweep.parameters.map { "\($0) \(Sweep.value(of: $0, in: row))" }.joined(separator: ", ")
        }
        var tiles = [
            Tile(name: "Runs", value: "\(sweep.runs.count)", note: "by \(sweep.parameters.joined(separator: ", "))")
        ]
        if let best = sweep.runs.min(by: { $0.latency.p50 < $1.latency.p50 }) {
            tiles.append(Self.time("Shortest median, p50", best.latency.p50, note: values(best)))
        }
        if let best = sweep.runs.filter({ $0.latency.p99 != nil }).min(by: { $0.latency.p99 ?? 0 < $1.latency.p99 ?? 0 }
        ),
            let p99 = best.latency.p99
        {
            tiles.append(Self.time("Shortest p99", p99, note: values(best)))
        }
        if let best = sweep.runs.max(by: { $0.samplesPerSecond < $1.samplesPerSecond }) {
            tiles.append(
                Tile(
                    name: "Most positions a second", value: Figures.count(best.samplesPerSecond), note: values(best)))
        }
        self.init(tiles)
    }
}
