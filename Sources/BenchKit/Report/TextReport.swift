/// Reports for people.
public struct TextReport: ReportWriter {
    /// Operations that are listed.
    private static let listed = 10

    /// A writer.
    public init() {}

    /// Workload, machine, latency, throughput, memory, slowest operations, warnings.
    public func text(_ report: Report) -> String {
        var text = "unet1d \(report.host.version)  \(report.profile ?? report.model ?? "")\n"
        if let description = report.description { text += "\(description)\n" }
        text +=
            "\n" + head(report) + "\n" + latency(report) + "\n" + figures(report) + "\n" + placement(report.placement)
            + "\n" + slowest(report)
        if !report.notes.isEmpty { text += "\nnotes\n" + report.notes.map { "  \($0)\n" }.joined() }
        if !report.warnings.isEmpty {
            text += "\nwarnings\n" + report.warnings.map { "  \($0.text)\n    → \($0.advice)\n" }.joined()
        }
        return text
    }

    private func head(_ report: Report) -> String {
        let weights = report.model ?? "random weights, seed \(report.seed)"
        var run = "\(Figures.counted(report.threads, "worker")), \(report.isa), "
        run += "\(report.precision), \(report.accuracy), spin "
        run += report.spinMicroseconds.map { "\($0) µs" } ?? "forever"
        if let period = report.period { run += ", a forward every \(Figures.short(period)) ms" }
        if report.cold { run += ", caches cold" }
        run += ", machine profile \(report.machine)"
        return """
            workload    batch \(report.batch) × length \(report.length), timestep \(JSONText.number(report.timestep).text())
            model       \(Figures.count(Double(report.parameters))) parameters, \(weights)
            run         \(run), plan \(report.planID)
            machine     \(machine(report.host))

            """
    }

    private func machine(_ host: Host) -> String {
        var parts = [
            host.cpu, Figures.counted(host.cores, "core"),
            Figures.counted(host.numaNodes, "memory node"),
        ]
        if let peak = host.peakGflops { parts.append("\(Figures.short(peak)) GFLOP/s") }
        if let cache = host.cacheBandwidthGBs { parts.append("\(Figures.short(cache)) GB/s from the last-level cache") }
        if let memory = host.bandwidthGBs { parts.append("\(Figures.short(memory)) GB/s from memory") }
        return (parts + [host.os]).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func latency(_ report: Report) -> String {
        let latency = report.latency
        var table = Table(
            [("latency ms", .left)]
                + ["min", "mean", "p50", "p90", "p99", "p99.9", "max", "stddev"].map { ($0, Table.Alignment.right) })
        func add(_ name: String, _ row: Statistics) {
            let values = [row.min, row.mean, row.p50, row.p90, row.p99, row.p999, row.max, row.stddev]
            table.add([name] + values.map { $0.map(Figures.milliseconds) ?? "–" })
        }
        add("", latency)
        if report.switchedOut > 0, let undisturbed = report.undisturbed { add("undisturbed", undisturbed) }
        if let probe = report.probe {
            let undisturbed = probe.switchedOut > 0 ? probe.undisturbed : nil
            add(undisturbed == nil ? "probe" : "probe, undisturbed", undisturbed ?? probe.latency)
        }
        var text = table.text(indent: "")
        text +=
            "            \(Figures.counted(report.samples.count, "forward")) in \(Figures.short(report.elapsedSeconds)) s"
        if let deadline = report.deadline, let misses = report.deadlineMisses {
            text += ", \(misses) beyond the deadline of \(Figures.short(deadline)) ms"
        }
        if report.period != nil { text += ", \(Figures.counted(report.missedPeriods, "period")) missed" }
        return text + "\n" + noise(report)
    }

    /// How many forwards were switched out, and how steady forwards and probe are.
    private func noise(_ report: Report) -> String {
        var text = ""
        if report.switchedOut > 0 {
            text +=
                "            a thread was switched out in \(Figures.counted(report.switchedOut, "forward")); without these: undisturbed\n"
        }
        guard let probe = report.probe else { return text }
        var (kind, forward, steady) = ("", report.latency, probe.latency)
        if let ours = report.undisturbed, let machines = probe.undisturbed {
            (forward, steady) = (ours, machines)
            if report.switchedOut + probe.switchedOut > 0 { kind = "undisturbed " }
        }
        for (name, ours, machines) in [
            ("p99/p50", forward.spread, steady.spread), ("p99.9/p50", forward.farSpread, steady.farSpread),
        ] {
            if let ours, let machines {
                text +=
                    "            \(kind)\(name) \(Figures.fixed(ours, 3)), the probe's \(Figures.fixed(machines, 3))\n"
            }
        }
        return text
    }

    private func figures(_ report: Report) -> String {
        var speed = "\(Figures.short(report.gflopsEffective)) GFLOP/s effective"
        if let peak = report.host.peakGflops, peak > 0 {
            speed += " (\(Figures.fixed(100 * report.gflopsEffective / peak, 0)) % of the multiply-add peak)"
        }
        let heap = report.heapAllocationsPerForward.map(Figures.short) ?? "unknown"
        return """
            throughput  \(Figures.short(report.forwardsPerSecond)) forwards/s, \
            \(Figures.count(report.samplesPerSecond)) positions/s, \(speed)
            memory      weights \(Figures.bytes(report.weightsBytes)), arena \(Figures.bytes(report.arenaBytes)) \
            (lower bound \(Figures.bytes(report.arenaLowerBoundBytes))), scratch \(Figures.bytes(report.scratchBytes)), \
            \(report.hugePageBytes.map { "\(Figures.bytes($0)) of them in huge pages, " } ?? "")\
            peak resident \(Figures.bytes(report.peakResidentBytes))
            start       load \(Figures.short(report.loadMilliseconds)) ms, plan \
            \(Figures.short(report.planMilliseconds)) ms, first forward \
            \(Figures.milliseconds(report.firstForwardMilliseconds)) ms
            a forward   \(Figures.short(report.pageFaultsPerForward)) page faults, \(heap) heap allocations

            """
    }

    private func slowest(_ report: Report) -> String {
        let total = report.operations.reduce(0) { $0 + $1.milliseconds }
        guard total > 0 else { return "" }
        var table = Table([
            ("share", .right), ("ms", .right), ("bound ms", .right), ("reached", .right), ("bound by", .left),
            ("GFLOP/s", .right), ("GB/s", .right), ("kind", .left), ("output", .left), ("operation", .left),
        ])
        let sorted = report.operations.sorted { $0.milliseconds > $1.milliseconds }
        for operation in sorted.prefix(Self.listed) {
            let bound = report.bound(of: operation)
            table.add([
                Figures.fixed(100 * operation.milliseconds / total, 1) + " %",
                Figures.milliseconds(operation.milliseconds),
                bound.map { Figures.milliseconds($0.milliseconds) } ?? "–",
                bound.map { Figures.fixed(100 * $0.milliseconds / max(1e-9, operation.milliseconds), 0) + " %" } ?? "–",
                bound?.limit.rawValue ?? "–",
                operation.multiplyAdds > 0 ? Figures.short(operation.gflops) : "–",
                Figures.short(Double(operation.bytes) / max(1e-9, operation.milliseconds) / 1e6),
                operation.kind + (operation.follower.map { " + " + $0 } ?? ""), Figures.shape(operation.shape),
                operation.name,
            ])
        }
        return "slowest of \(report.operations.count) operations, each run alone "
            + "(\(Figures.milliseconds(total)) ms in all)\n" + table.text(indent: "  ") + bounds(report)
    }

    /// What the machine allows, and how near the whole forward comes.
    private func bounds(_ report: Report) -> String {
        guard let bounds = report.bounds, let total = report.operationsBound, let ratio = report.forwardOverBound else {
            return ""
        }
        func place(_ level: Bounds.Level) -> String {
            "\(level == .cache ? "the last-level cache" : "memory") at \(Figures.short(bounds.bandwidth(level))) GB/s"
        }
        return """

            bound       \(Figures.milliseconds(total)) ms for all operations; the median forward takes \
            \(Figures.short(ratio)) times as long
                        products at \(Figures.short(bounds.peakGflops)) GFLOP/s, weights from \(place(bounds.weightsFrom)), \
            activations from \(place(bounds.activationsFrom))

            """
    }
}
