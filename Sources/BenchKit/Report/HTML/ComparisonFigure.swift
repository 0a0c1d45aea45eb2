/// Runs in units of the base's time, with intervals of confidence.
struct ComparisonFigure {
    let comparison: Comparison

    private static let rowHeight = 44.0

    var plot: Plot {
        let runs = comparison.others.compactMap { run in run.difference.map { (name: run.name, difference: $0) } }
        let ratios = runs.map(\.difference.ratio)
        func reach(_ distances: [Double]) -> Double { max(0.005, (distances.filter(\.isFinite).max() ?? 0) * 1.15) }
        // Percent of the base's time that a run takes more.
        let scale = Scale(
            -100 * min(1, reach(ratios.map { 1 - $0.lower }))...100 * reach(ratios.map { $0.upper - 1 }), count: 4)
        func share(_ ratio: Double) -> Double { min(1, max(0, scale.share(100 * (ratio - 1)))) }
        var plot = Plot(
            id: "comparison-intervals", title: "Time beside the base",
            summary: runs.map { "\($0.name): \(Self.text($0.difference))" }.joined(separator: "; ") + ".",
            height: Self.rowHeight * Double(runs.count), margins: Plot.Margins(top: 22, right: 24, bottom: 38, left: 24)
        )
        plot.bottomAxis(
            scale.ticks.map { tick in
                let sign = tick > 1e-9 ? "+" : ""
                return Plot.Tick(share: scale.share(tick), text: "\(sign)\(scale.text(tick)) %")
            }, name: "")
        plot.add(Plot.line((share(1), 0), (share(1), plot.height), "axis"))
        plot.label("faster", 0, -8, style: "strong")
        plot.label("slower", 1, -8, anchor: "end", style: "strong")
        for (row, run) in runs.enumerated() {
            let ratio = run.difference.ratio
            let middle = Self.rowHeight * Double(row) + 30
            let style = [.same, .unclear].contains(run.difference.verdict) ? "accent" : "other"
            plot.label("\(run.name.ending(26)): \(Self.text(run.difference))", 0, middle - 16)
            plot.add(
                Plot.rectangle(
                    share(ratio.lower)...share(ratio.upper), middle - 3...middle + 3, style))
            plot.add(
                Markup(
                    "circle",
                    ["cx": Plot.across(share(ratio.estimate)), "cy": SVG.number(middle), "r": "6", "class": style]))
        }
        return plot
    }

    /// The verdict and the ratio with its interval.
    static func text(_ difference: Difference) -> String {
        "\(difference.verdict.rawValue), \(Figures.fixed(difference.ratio.estimate, 3)) "
            + "(\(ComparisonText.range(difference.ratio, 3)))"
    }
}
