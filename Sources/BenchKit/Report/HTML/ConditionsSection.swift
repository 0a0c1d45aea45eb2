/// What was run, on which machine, and what it was granted.
struct ConditionsSection {
    let report: Report

    var markup: Markup {
        Page.section("Conditions", id: "conditions") {
            Page.facts(facts)
            Page.folded("Everything in the report") {
                FieldMarkup.object(Report.fields.filter { !Self.drawn.contains($0.key) }.values(of: report))
            }
        }
    }

    /// Fields that are lists too long to read, and shown above.
    private static let drawn: Set = ["operations", "samples_ms", "notes", "warnings", "timeline", "verdict"]

    private var facts: [(name: String, value: String)] {
        let (host, plan, start, workload) = (report.host, report.plan, report.preparation, report.workload)
        var machine = [
            host.cpu, Figures.counted(host.cores, "core"), Figures.counted(host.numaNodes, "memory node"),
        ]
        if let peak = host.peakGflops { machine.append("\(Figures.short(peak)) GFLOP/s") }
        if let cache = host.cacheBandwidthGBs {
            machine.append("\(Figures.short(cache)) GB/s from the last-level cache")
        }
        if let memory = host.bandwidthGBs { machine.append("\(Figures.short(memory)) GB/s from memory") }
        var run = ["\(Figures.counted(plan.threads, "worker"))", plan.isa, plan.precision, plan.accuracy]
        run.append("spin \(report.spinMicroseconds.map { "\($0) µs" } ?? "forever")")
        if let period = report.schedule.period { run.append("a forward every \(Figures.short(period)) ms") }
        if report.schedule.cold { run.append("caches cold") }
        let heap = report.measurement.heapAllocationsPerForward.map(Figures.short) ?? "not counted"
        return [
            ("Machine", machine.filter { !$0.isEmpty }.joined(separator: ", ")), ("System", host.os),
            (
                "Model",
                "\(Figures.count(Double(workload.parameters))) parameters, "
                    + (workload.checkpoint ?? "random weights, seed \(workload.seed)")
            ), ("Run", run.joined(separator: ", ")),
            (
                "Start",
                "load \(Figures.short(start.loadMilliseconds)) ms, plan \(Figures.short(start.planMilliseconds)) ms, "
                    + "first forward \(Figures.short(report.measurement.firstForward)) ms"
            ),
            (
                "Memory",
                "weights \(Figures.bytes(start.weightsBytes)), arena \(Figures.bytes(plan.arenaBytes)), scratch "
                    + "\(Figures.bytes(plan.scratchBytes)), peak resident "
                    + Figures.bytes(report.measurement.peakResidentBytes)
            ),
            (
                "A forward",
                "\(Figures.short(report.measurement.pageFaultsPerForward)) page faults, heap allocations: \(heap)"
            ), ("Throughput", "\(Figures.short(report.gflopsEffective)) GFLOP/s effective"), ("Plan", plan.id),
            ("Program", "unet1d \(host.version)"), ("Ended", report.origin.time), ("Command", report.origin.command),
        ]
    }
}
