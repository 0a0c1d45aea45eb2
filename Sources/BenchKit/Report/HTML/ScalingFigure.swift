/// How the time of forwards changes with one parameter of a sweep.
struct ScalingFigure {
    /// Runs that differ in this parameter alone.
    struct Series {
        let name: String
        /// By the parameter.
        let runs: [(value: Double, report: Report)]
    }

    let parameter: String
    let series: [Series]
    /// The values that occur.
    let values: [Double]
    /// Curves that are not drawn.
    private let hidden: Int

    /// The most curves that are told apart.
    static let most = Colour.series.count

    /// A figure for each parameter that is a number and has several values.
    static func all(_ sweep: Sweep) -> [ScalingFigure] {
        ["threads", "length", "batch", "rate", "spin", "period", "steps", "short-levels"].filter(
            sweep.parameters.contains
        )
        .compactMap { ScalingFigure($0, sweep) }
    }

    private init?(_ parameter: String, _ sweep: Sweep) {
        self.parameter = parameter
        let others = sweep.parameters.filter { $0 != parameter }
        var names: [String] = []
        var runs: [String: [(value: Double, report: Report)]] = [:]
        for row in sweep.runs {
            guard let value = Double(Sweep.value(of: parameter, in: row)) else { continue }
            let name = others.map { "\($0) \(Sweep.value(of: $0, in: row))" }.joined(separator: ", ")
            if runs[name] == nil { names.append(name) }
            runs[name, default: []].append((value, row))
        }
        series = names.prefix(Self.most).map { name in
            Series(name: name, runs: (runs[name] ?? []).sorted { $0.value < $1.value })
        }
        hidden = names.count - series.count
        values = Set(series.flatMap { $0.runs.map(\.value) }).sorted()
        if values.count < 2 { return nil }
    }

    /// Where a value lies: as many pixels between any two neighbours.
    private func share(_ value: Double) -> Double {
        let index = values.firstIndex(of: value) ?? 0
        return (Double(index) + 0.5) / Double(values.count)
    }

    /// What changes with the parameter: with the rate of arrivals, the time from arrival.
    private func latency(_ report: Report) -> Statistics {
        parameter == "rate" ? report.load?.latency ?? report.latency : report.latency
    }

    var markup: Markup {
        let latencies = series.flatMap { $0.runs.map { latency($0.report) } }
        let shortest = latencies.map(\.p50).min() ?? 1
        let longest = latencies.map { $0.p99 ?? $0.p50 }.max() ?? 1
        let axis = TimeAxis(shortest * 0.9...longest * 1.1, count: 5)
        let summary = series.map { one in
            let points = one.runs.map { "\(number($0.value)): \(axis.unit.text(latency($0.report).p50))" }
            return (one.name.isEmpty ? "" : "\(one.name): ") + points.joined(separator: ", ")
        }.joined(separator: "; ")
        var plot = Plot(
            id: "scaling-\(parameter)", title: "Latency by \(parameter)", summary: "p50 by \(parameter). \(summary).",
            height: 220, margins: Plot.Margins(top: 30, right: 16, bottom: 44, left: 56),
            hint: "Point at a dot, or use Tab and the arrow keys.")
        plot.leftAxis(axis.ticks, name: axis.unit.name)
        let step = max(1, (values.count + 7) / 8)
        plot.bottomAxis(
            values.enumerated().filter { $0.offset % step == 0 }.map {
                Plot.Tick(share: share($0.element), text: number($0.element))
            }, name: parameter)
        for (index, one) in series.enumerated() {
            plot.curve(one.runs.map { (share($0.value), axis.share(latency($0.report).p50)) }, "series\(index)")
        }
        for (index, one) in series.enumerated() {
            for run in one.runs { add(run.report, at: run.value, of: one, style: "series\(index)", axis, &plot) }
        }
        let isLoad = parameter == "rate"
        var caption = isLoad ? "The median of queries from their arrival" : "The median of forwards"
        caption += latencies.contains { $0.p99 != nil } ? ", and the way from it to p99 as a thin line." : "."
        if axis.isLogarithmic { caption += " The axis of times is logarithmic." }
        if hidden > 0 {
            caption += " \(Figures.counted(hidden, "further curve")) \(hidden == 1 ? "is" : "are") in the table."
        }
        let entries = series.enumerated().map { (name: $0.element.name, swatch: Page.stroke("series\($0.offset)")) }
        return Page.figure(plot, caption: caption, legend: series.count > 1 ? Page.legend(entries) : nil)
    }

    private func add(
        _ report: Report, at value: Double, of one: Series, style: String, _ axis: TimeAxis, _ plot: inout Plot
    ) {
        let (latency, unit, x) = (latency(report), axis.unit, share(value))
        func y(_ time: Double) -> Double { plot.height * (1 - axis.share(time)) }
        if let p99 = latency.p99 {
            plot.add(Plot.line((x, y(latency.p50)), (x, y(p99)), "whisker \(style)"))
        }
        var text = "p50 \(unit.text(latency.p50))"
        if let p99 = latency.p99 { text += ", p99 \(unit.text(p99))" }
        text += ", \(Figures.count(report.samplesPerSecond)) positions/s"
        let name = "\(parameter) \(number(value))" + (one.name.isEmpty ? "" : ", \(one.name)")
        plot.part(
            Markup(
                "circle", ["cx": Plot.across(x), "cy": SVG.number(y(latency.p50)), "r": "5", "class": "dot \(style)"]),
            details: [name, text])
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() ? Figures.fixed(value, 0) : Figures.short(value)
    }
}
