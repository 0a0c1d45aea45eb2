extension HTMLReport {
    /// Verdicts, ratios with their intervals, percentiles, what is known of noise.
    func page(_ comparison: Comparison) -> Page {
        let names = comparison.others.map(\.name).joined(separator: ", ")
        return Page(
            title: "\(names) beside \(comparison.base.name)", above: "UNet1D, compared by unet1d-bench \(benchVersion)"
        ) {
            for run in comparison.others { Markup("p") { "\(run.name) \(ComparisonText.sentence(run))." } }
            if let limit = ComparisonText.limit(comparison) { Markup("p") { Markup("strong") { limit } } }
            Tiles(comparison).markup
            Page.section("Difference", id: "difference") {
                Page.figure(
                    ComparisonFigure(comparison: comparison).plot,
                    caption: """
                        A bar is where the ratio of times lies with \(ComparisonText.confidence) confidence, its dot the \
                        estimate. A bar that covers 0 shows no difference.
                        """)
            }
            Page.section("Percentiles", id: "percentiles") { Self.percentiles([comparison.base] + comparison.others) }
            Page.section("What is known of noise", id: "noise") {
                for run in comparison.others {
                    if let noise = run.difference?.noise {
                        Markup("h3") { run.name }
                        Markup("ul") {
                            for line in ComparisonText.noise(noise, interleaved: comparison.interleaved) {
                                Markup("li") { line }
                            }
                        }
                    }
                }
            }
            if !comparison.differences.isEmpty {
                Page.section("What differs", id: "settings") {
                    Page.table(
                        "What differs", ["setting", comparison.base.name] + comparison.others.map(\.name),
                        texts: Set(0..<comparison.others.count + 2),
                        rows: comparison.differences.map { [$0.field] + $0.values })
                }
            }
        }
    }

    private static func percentiles(_ runs: [ComparedSide]) -> Markup {
        Page.table(
            "Percentiles", ["run", "forwards", "fastest ms", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "longest ms"],
            rows: runs.map { run in
                let latency = run.latency
                let times = [latency.min, latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
                return [run.name, "\(latency.count)"] + times.map { $0.map(Figures.milliseconds) ?? "–" }
            })
    }
}

extension Tiles {
    /// The base's median, and each run in its units.
    init(_ comparison: Comparison) {
        let base = comparison.base
        let others = comparison.others.prefix(3).compactMap { run in
            run.difference.map { difference in
                Tile(
                    name: run.name, value: Figures.fixed(difference.ratio.estimate, 3), unit: "×",
                    note: "\(difference.verdict.rawValue), \(ComparisonText.range(difference.ratio, 3))")
            }
        }
        self.init([Self.time("Base, p50", base.latency.p50, note: base.name)] + others)
    }
}
