import Glibc

/// Which share of forwards took at most how long, with what the machine itself varies.
struct PercentileFigure {
    /// Points of the curve, and those beyond the percentiles that so few forwards tell of.
    let curve: [(x: Double, y: Double)]
    private let report: Report
    private let axis: TimeAxis
    private let others: [(name: String, points: [(x: Double, y: Double)])]
    /// Powers of ten that the axis spans: one for p90, two for p99.
    private let powers: Double

    /// Nil where there are too few forwards for a curve.
    init?(_ report: Report) {
        let sorted = report.measurement.samples.sorted()
        guard sorted.count >= 10 else { return nil }
        self.report = report
        // The last tenth of a percentile's worth of values tells little: p99 is known from 200 values on.
        let powers = max(1, log10(Double(sorted.count) / 2))
        self.powers = powers
        let steps = min(240, 2 * sorted.count)
        let raw = (0...steps).map { step in
            let x = powers * Double(step) / Double(steps)
            let percent = 100 * (1 - pow(10, -x))
            return (x: x / powers, time: Statistics.percentile(percent, ofSorted: sorted))
        }
        let named = Self.compared(report.measurement)
        let times = (raw.map(\.time) + named.flatMap { Self.points($0.statistics).map(\.time) })
        let axis = TimeAxis((times.min() ?? 0)...(times.max() ?? 1), count: 5)
        self.axis = axis
        curve = raw.map { ($0.x, axis.share($0.time)) }
        others = named.map { name, statistics in
            (name, Self.points(statistics).filter { $0.x <= powers }.map { ($0.x / powers, axis.share($0.time)) })
        }
    }

    /// The machine's own noise where it was probed; else the forwards that nothing disturbed.
    private static func compared(_ measured: Measurement) -> [(name: String, statistics: Statistics)] {
        if let probe = measured.probe { return [("Probe of the machine alone", probe.timings.latency)] }
        if measured.forwards.switchedOut > 0, let calm = measured.forwards.undisturbed, calm.count >= 10 {
            return [("Forwards that were not interrupted", calm)]
        }
        return []
    }

    /// Percentiles as powers of ten and milliseconds.
    private static func points(_ statistics: Statistics) -> [(x: Double, time: Double)] {
        [(50, statistics.p50), (90, statistics.p90), (99, statistics.p99), (99.9, statistics.p999)].compactMap {
            percent, time in time.map { (-log10(1 - percent / 100), $0) }
        }
    }

    var markup: Markup {
        let (latency, unit) = (report.latency, axis.unit)
        var summary = "The median is \(unit.text(latency.p50)), p90 is \(unit.text(latency.p90))"
        if let p99 = latency.p99 { summary += ", p99 is \(unit.text(p99))" }
        if let p999 = latency.p999 { summary += ", p99.9 is \(unit.text(p999))" }
        summary += "; the longest forward took \(unit.text(latency.max))."
        if let probe = report.measurement.probe?.timings.latency {
            summary += " The probe's median is \(unit.text(probe.p50)), its p90 \(unit.text(probe.p90))."
        }
        var plot = Plot(
            id: "percentiles", title: "Percentiles", summary: summary, height: 200,
            margins: Plot.Margins(top: 34, right: 26, bottom: 74))
        plot.leftAxis(axis.ticks, name: unit.name)
        let marks = [
            ("0", 0.0), ("50 %", log10(2)), ("90 %", 1), ("99 %", 2), ("99.9 %", 3), ("99.99 %", 4), ("99.999 %", 5),
        ]
        plot.bottomAxis(
            marks.filter { $0.1 <= powers + 0.05 }.map { Plot.Tick(share: min(1, $0.1 / powers), text: $0.0) },
            name: "of all forwards")
        for other in others {
            plot.curve(other.points, "other")
            for point in other.points { plot.point(point.x, point.y, "other") }
        }
        plot.curve(curve, "accent")
        let caption =
            "The share of forwards that took at most a time. A flat curve is a steady program on a quiet machine."
        let legend = [("Forwards", Page.stroke("accent"))] + others.map { ($0.name, Page.stroke("other")) }
        return Page.figure(plot, caption: caption, legend: others.isEmpty ? nil : Page.legend(legend))
    }
}
