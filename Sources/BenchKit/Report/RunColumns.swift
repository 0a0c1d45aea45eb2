/// Columns of a table of runs for the percentiles that were asked for; a dash where there are too few samples.
struct PercentileColumns {
    private let percentiles: [Percentile]

    init(_ runs: [Report]) { percentiles = runs.first?.latency.chosen.map(\.percentile) ?? [] }

    var titles: [String] { percentiles.map { "\($0.label) ms" } }

    func cells(_ run: Report) -> [String] {
        percentiles.map { percentile in
            run.latency.chosen.first { $0.percentile == percentile }?.value.map(Figures.milliseconds) ?? "–"
        }
    }
}

/// Columns of a table of runs for what some of them measured besides forwards one after another.
struct BesidesColumns {
    private let columns: [(title: String, cell: (Report) -> String?)]

    init(_ runs: [Report]) {
        var columns: [(title: String, cell: (Report) -> String?)] = []
        if runs.contains(where: { $0.load != nil }) {
            columns += [
                ("load/s", { $0.load.map { Figures.short($0.search?.rate ?? $0.achievedRate) } }),
                ("load p50 ms", { $0.load.map { Figures.milliseconds($0.latency.p50) } }),
                ("load p99 ms", { $0.load?.latency.p99.map(Figures.milliseconds) }),
            ]
        }
        if runs.contains(where: { $0.load?.deadlineMisses != nil }) {
            columns.append(("load late", { $0.load?.deadlineMisses.map { "\($0)" } }))
        }
        if runs.contains(where: { $0.loop != nil }) {
            columns.append(("loop ms", { $0.loop.map { Figures.milliseconds($0.latency.p50) } }))
        }
        if runs.contains(where: { $0.gradient != nil }) {
            columns.append(("gradient ms", { $0.gradient.map { Figures.milliseconds($0.latency.p50) } }))
        }
        self.columns = columns
    }

    var titles: [String] { columns.map(\.title) }

    func cells(_ run: Report) -> [String] { columns.map { $0.cell(run) ?? "–" } }
}
