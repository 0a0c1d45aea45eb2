/// Which worker was at which operation during one forward.
struct TimelineFigure {
    /// Tiles that a worker ran without a pause, of one operation, or of several of one family where slices are many.
    struct Slice {
        var event: Timeline.Event
        let family: OperationFamily
        /// The names of its operations, the first and the last.
        var names: ClosedRange<Int>
        var runs = 1
    }

    let slices: [Slice]
    /// The share of the forward in which each worker had a tile.
    let busy: [Double]
    private let report: Report
    private let timeline: Timeline

    /// Slices beyond which neighbours of one family become one.
    private static let most = 2000

    /// Nil where nothing was recorded.
    init?(_ report: Report) {
        guard let timeline = report.timeline, timeline.microseconds > 0, !timeline.events.isEmpty,
            timeline.events.allSatisfy({ report.operations.indices.contains($0.operation) })
        else { return nil }
        self.report = report
        self.timeline = timeline
        let families = report.operations.map { OperationFamily(kind: $0.operation.kind) }
        let isLong = timeline.events.count > Self.most
        var slices: [Slice] = []
        let workers = max(report.plan.threads, (timeline.events.map(\.worker).max() ?? 0) + 1)
        var busy = [Double](repeating: 0, count: workers)
        for event in timeline.events {
            busy[event.worker] += event.endMicroseconds - event.startMicroseconds
            let family = families[event.operation]
            if isLong, let last = slices.last, last.event.worker == event.worker, last.family == family,
                event.startMicroseconds - last.event.endMicroseconds < timeline.microseconds / 500
            {
                slices[slices.count - 1].event.endMicroseconds = event.endMicroseconds
                slices[slices.count - 1].names = last.names.lowerBound...max(last.names.lowerBound, event.operation)
                slices[slices.count - 1].runs += 1
            } else {
                slices.append(Slice(event: event, family: family, names: event.operation...event.operation))
            }
        }
        self.slices = slices
        self.busy = busy.map { min(1, $0 / timeline.microseconds) }
    }

    var markup: Markup {
        let workers = busy.count
        let rowHeight = max(8, min(34, 420 / Double(workers)))
        let unit = TimeUnit(timeline.microseconds / 1000)
        func time(_ microseconds: Double) -> String { unit.text(microseconds / 1000) }
        let shares = busy.enumerated().map { "worker \($0.offset) \(Figures.fixed(100 * $0.element, 0)) %" }
        var plot = Plot(
            id: "timeline", title: "Workers over time",
            summary: "A forward of \(time(timeline.microseconds)). Busy: \(shares.joined(separator: ", ")).",
            height: rowHeight * Double(workers), margins: Plot.Margins(top: 6, right: 16, bottom: 44, left: 116),
            hint: "Point at a slice, or use Tab and the arrow keys.", detailLines: 3)
        let scale = Scale(0...timeline.microseconds / 1000 * unit.perMillisecond, count: 5)
        plot.bottomAxis(scale.plotTicks, name: unit.name)
        for (worker, share) in busy.enumerated() where rowHeight >= 14 || worker % 8 == 0 {
            let middle = rowHeight * (Double(worker) + 0.5) + 4
            plot.add(
                Plot.label(
                    "worker \(worker): \(Figures.fixed(100 * share, 0)) %", 0, middle, anchor: "end", shift: -8))
        }
        for slice in slices {
            let event = slice.event
            let edges = (event.startMicroseconds, event.endMicroseconds)
            let top = rowHeight * Double(event.worker)
            let ends = (edges.0 / timeline.microseconds, min(1, edges.1 / timeline.microseconds))
            plot.part(
                Plot.rectangle(
                    ends.0...max(ends.0, ends.1), top + 1...top + rowHeight - 1, slice.family.rawValue),
                details: [
                    name(slice).ending(44),
                    "\(slice.family.name), \(tiles(slice))",
                    "worker \(event.worker), \(time(edges.0)) to \(time(edges.1))",
                ])
        }
        return Page.figure(
            plot,
            caption: """
                \(subject) A row for each worker, with the share of the time in which it had work. In gaps it waits for others.
                """, legend: Page.legend(Set(slices.map(\.family))))
    }

    /// Which forward it is.
    private var subject: String {
        let count = report.recording?.forwards.count ?? 1
        return count == 1 ? "The forward that was recorded." : "The one of median time of \(count) recorded forwards."
    }

    private func name(_ slice: Slice) -> String {
        let first = report.operations[slice.names.lowerBound].operation.name
        return slice.runs == 1 ? first : "\(first) to \(report.operations[slice.names.upperBound].operation.name)"
    }

    private func tiles(_ slice: Slice) -> String {
        if slice.runs > 1 { return Figures.counted(slice.runs, "run") + " of tiles" }
        let count = slice.event.endTile - slice.event.firstTile
        return "\(count) of \(Figures.counted(report.operations[slice.event.operation].operation.tiles, "tile"))"
    }
}
