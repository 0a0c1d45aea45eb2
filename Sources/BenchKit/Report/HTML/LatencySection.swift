/// How long forwards took, and what the machine had to do with it.
struct LatencySection {
    let report: Report

    var markup: Markup {
        Page.section("Latency", id: "latency") {
            Markup("div", ["class": "pair"]) {
                LatencyFigure(report)?.markup
                PercentileFigure(report)?.markup
            }
            Page.folded("All percentiles") { percentiles }
            Markup("h3") { "What the machine did meanwhile" }
            Page.facts(noise)
        }
    }

    /// A column for all forwards, one for those that were not interrupted, one for the probe.
    private var percentiles: Markup {
        let measured = report.measurement
        var columns = [("All forwards", measured.forwards.latency)]
        if measured.forwards.switchedOut > 0, let calm = measured.forwards.undisturbed {
            columns.append(("Not interrupted", calm))
        }
        if let probe = measured.probe?.timings.latency { columns.append(("Probe", probe)) }
        func value(_ percentile: Percentile, _ statistics: Statistics) -> Double? {
            statistics.chosen.first { $0.percentile == percentile }?.value
        }
        var rows: [(name: String, value: (Statistics) -> Double?)] = [("fastest", { $0.min }), ("mean", { $0.mean })]
        for percentile in report.latency.chosen.map(\.percentile) {
            rows.append((percentile.label, { value(percentile, $0) }))
        }
        rows.append(("longest", { $0.max }))
        rows.append(("standard deviation", { $0.stddev }))
        let counts = ["count"] + columns.map { "\($0.1.count)" }
        return Page.table(
            "Percentiles", ["in ms"] + columns.map(\.0),
            rows: rows.map { name, value in [name] + columns.map { value($0.1).map(Figures.milliseconds) ?? "–" } }
                + [counts])
    }

    /// What is known of other programs, the hypervisor and the probe, in words.
    private var noise: [(name: String, value: String)] {
        let measured = report.measurement
        var facts: [(name: String, value: String)] = [
            (
                "Interrupted",
                "\(measured.forwards.switchedOut) of \(Figures.counted(measured.forwards.latency.count, "forward")) "
                    + "by another program on the same CPU"
            )
        ]
        let cpus = Figures.counted(report.placement.allowedCPUs.count, "CPU")
        if let interference = measured.interference {
            facts.append(
                (
                    "Other programs",
                    interference.otherCPUs.map {
                        "kept \(Figures.short($0)) of \(cpus) busy"
                    } ?? "not known, as the measurement was too short"
                ))
            if let stolen = interference.stolenCPUs, stolen > 0 {
                facts.append(("Hypervisor", "took \(Figures.short(stolen)) CPUs away"))
            }
            if let periods = interference.throttledPeriods, periods > 0 {
                facts.append(("Control group", "\(Figures.counted(periods, "period")) of waiting for its quota"))
            }
        }
        if let probe = measured.probe?.timings.latency {
            var text = "work as long as a forward, with none of the model in it: "
            text += "p50 \(TimeUnit.text(probe.p50)), p90 \(TimeUnit.text(probe.p90))"
            if let p99 = probe.p99 { text += ", p99 \(TimeUnit.text(p99))" }
            facts.append(("Probe", text))
        } else {
            facts.append(("Probe", "none; run with --probe to see how much the machine varies by itself"))
        }
        return facts
    }
}
