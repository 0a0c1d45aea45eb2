import Glibc

/// How many forwards took how long.
struct LatencyFigure {
    /// A bar.
    struct Bin {
        /// In milliseconds.
        let range: ClosedRange<Double>
        let count: Int
    }

    let axis: TimeAxis
    let bins: [Bin]
    /// Forwards that took longer than the axis shows.
    let beyond: Int
    private let report: Report

    /// Nil where the times of single forwards were not kept.
    init?(_ report: Report) {
        let sorted = report.measurement.samples.sorted()
        if sorted.isEmpty { return nil }
        self.report = report
        let (low, high) = (sorted[0], sorted[sorted.count - 1])
        // What is far beyond p99 would press all others together.
        let usual = report.latency.p99 ?? high
        let end = high > low + 1.6 * (usual - low) ? low + 1.15 * (usual - low) : high
        let axis = TimeAxis(low...end, count: 6)
        let count = min(48, max(6, Int(2 * Double(sorted.count).squareRoot())))
        var counts = [Int](repeating: 0, count: count)
        var beyond = 0
        for sample in sorted {
            let bin = Int(axis.share(sample) * Double(count) + 1e-9)
            // The longest lies at the end of the last bar.
            if sample > axis.range.upperBound { beyond += 1 } else { counts[min(count - 1, max(0, bin))] += 1 }
        }
        bins = counts.enumerated().map { index, number in
            let edges = (Double(index) / Double(count), Double(index + 1) / Double(count))
            return Bin(range: axis.time(edges.0)...axis.time(edges.1), count: number)
        }
        self.axis = axis
        self.beyond = beyond
    }

    private var summary: String {
        let (latency, unit) = (report.latency, axis.unit)
        var text = "\(Figures.counted(latency.count, "forward")), from \(unit.text(latency.min)) to "
        text += "\(unit.text(latency.max)). Half of them took at most \(unit.text(latency.p50))"
        if let p99 = latency.p99 { text += ", 99 of 100 at most \(unit.text(p99))" }
        return text + "."
    }

    var markup: Markup {
        let (latency, unit) = (report.latency, axis.unit)
        var plot = Plot(
            id: "latency-histogram", title: "Latency of single forwards", summary: summary, height: 200,
            margins: Plot.Margins(top: report.schedule.deadline == nil ? 44 : 59, bottom: 40),
            hint: "Point at a bar, or use Tab and the arrow keys.")
        let counts = Scale(0...Double(bins.map(\.count).max() ?? 1), count: 4, isWidened: true)
        plot.leftAxis(counts.plotTicks.filter { $0.share == 0 || counts.range.upperBound >= 2 }, name: "forwards")
        plot.bottomAxis(axis.ticks, name: unit.name)
        for bin in bins where bin.count > 0 {
            let top = plot.height * (1 - counts.share(Double(bin.count)))
            let shape = Plot.rectangle(
                axis.share(bin.range.lowerBound)...axis.share(bin.range.upperBound), top...plot.height, "accent")
            plot.part(
                shape,
                details: [
                    "\(unit.number(bin.range.lowerBound)) to \(unit.text(bin.range.upperBound))",
                    "\(Figures.counted(bin.count, "forward")), \(Figures.percent(bin.count, of: latency.count))",
                ])
        }
        plot.mark("p50 \(unit.text(latency.p50))", at: axis.share(latency.p50), row: 0)
        if let p99 = latency.p99 { plot.mark("p99 \(unit.text(p99))", at: axis.share(p99), row: 1) }
        if let deadline = report.schedule.deadline, axis.range.contains(deadline) {
            plot.mark("deadline \(unit.text(deadline))", at: axis.share(deadline), row: 2)
        }
        var caption = "How many forwards took how long."
        if axis.isLogarithmic { caption += " The axis is logarithmic." }
        if beyond > 0 {
            caption +=
                " \(Figures.counted(beyond, "forward")) took longer than is shown, up to \(unit.text(latency.max))."
        }
        return Page.figure(plot, caption: caption)
    }
}

extension Figures {
    /// A share of a whole in percent.
    static func percent(_ part: Int, of whole: Int) -> String {
        let percent = 100 * Double(part) / Double(max(1, whole))
        return fixed(percent, percent < 10 ? 1 : 0) + " %"
    }
}
