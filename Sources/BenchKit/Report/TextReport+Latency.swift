extension TextReport {
    /// A row of percentiles for all forwards, one for the undisturbed ones and one for the probe; what follows from
    /// them.
    func latency(_ report: Report) -> String {
        let measured = report.measurement
        var text = percentiles(measured)
        text += Self.indent + Figures.counted(measured.forwards.latency.count, "forward")
        text += " in \(Figures.short(measured.elapsedSeconds)) s"
        if let deadline = report.schedule.deadline, let misses = report.deadlineMisses {
            text += ", \(misses) beyond the deadline of \(Figures.short(deadline)) ms"
        }
        if report.schedule.period != nil { text += ", \(Figures.counted(measured.missedPeriods, "period")) missed" }
        text += "\n"
        if let needed = measured.forwards.latency.samplesNeeded { text += Self.indent + needed + "\n" }
        return text + noise(measured.forwards, measured.probe?.timings)
    }

    /// The column in which figures begin.
    private static let indent = String(repeating: " ", count: 12)

    private func percentiles(_ measured: Measurement) -> String {
        let latency = measured.forwards.latency
        let unit = LatencyUnit(medians: [latency.p50])
        let names = ["min", "mean"] + latency.chosen.map(\.percentile.label) + ["max", "stddev"]
        var table = Table([("latency \(unit.name)", .left)] + names.map { ($0, .right) })
        func add(_ name: String, _ row: Statistics) {
            let values = [row.min, row.mean] + row.chosen.map(\.value) + [row.max, row.stddev]
            table.add([name] + values.map { $0.map(unit.text) ?? "–" })
        }
        let forwards = measured.forwards
        add("", forwards.latency)
        if forwards.switchedOut > 0, let undisturbed = forwards.undisturbed { add("undisturbed", undisturbed) }
        if let probe = measured.probe?.timings {
            let undisturbed = probe.switchedOut > 0 ? probe.undisturbed : nil
            add(undisturbed == nil ? "probe" : "probe, undisturbed", undisturbed ?? probe.latency)
        }
        return table.text(indent: "")
    }

    /// How many forwards were switched out, and how steady forwards and probe are.
    private func noise(_ forwards: Timings, _ probe: Timings?) -> String {
        var text = ""
        if forwards.switchedOut > 0 {
            text += Self.indent + "a thread was switched out in \(Figures.counted(forwards.switchedOut, "forward"))"
            text +=
                forwards.undisturbed == nil
                ? "; fewer than \(Timings.fewestUndisturbed) were undisturbed\n" : "; without these: undisturbed\n"
        }
        guard let probe else { return text }
        var (kind, ours, machines) = ("", forwards.latency, probe.latency)
        if let calmForwards = forwards.undisturbed, let calmProbes = probe.undisturbed {
            (ours, machines) = (calmForwards, calmProbes)
            if forwards.switchedOut + probe.switchedOut > 0 { kind = "undisturbed " }
        }
        for (name, ours, machines) in [
            ("p99/p50", ours.spread, machines.spread), ("p99.9/p50", ours.farSpread, machines.farSpread),
        ] {
            guard let ours, let machines else { continue }
            text += Self.indent + "\(kind)\(name) \(Figures.fixed(ours, 3)), "
            text += "the probe's \(Figures.fixed(machines, 3))\n"
        }
        return text
    }
}
