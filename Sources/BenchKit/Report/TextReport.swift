/// Reports for people.
public struct TextReport: ReportWriter {
    /// Operations that are listed.
    private static let listed = 10

    /// A writer.
    public init() {}

    /// What the report says in text.
    public func text(_ report: some PrintedReport) -> String { report.plainText }

    /// Verdict, workload, machine, latency, throughput, memory, slowest operations, warnings.
    func text(_ report: Report) -> String {
        let workload = report.workload
        var text = "unet1d \(report.host.version)  \(workload.profile ?? workload.model ?? "")\n"
        if let description = workload.description { text += "\(description)\n" }
        text +=
            "\n" + head(report) + "\n" + latency(report) + "\n" + figures(report)
            + besides(report) + "\n" + placement(report.placement)
            + "\n"
            + slowest(report) + notes(workload.notes)
        if !report.warnings.isEmpty {
            text += "\nwarnings\n" + report.warnings.map { "  \($0.text)\n    → \($0.advice)\n" }.joined()
        }
        return text
    }

    /// What was measured besides forwards one after another.
    private func besides(_ report: Report) -> String {
        report.besides.map { name, _, lines in
            name + String(repeating: " ", count: 12 - name.count)
                + lines.joined(separator: "\n" + String(repeating: " ", count: 12)) + "\n"
        }.joined()
    }

    /// A line for each note.
    func notes(_ notes: [String]) -> String {
        notes.isEmpty ? "" : "\nnotes\n" + notes.map { "  \($0)\n" }.joined()
    }

    private func head(_ report: Report) -> String {
        let (workload, plan, schedule) = (report.workload, report.plan, report.schedule)
        let weights = workload.checkpoint ?? "random weights, seed \(workload.seed)"
        var run = "\(Figures.counted(plan.threads, "worker")), \(plan.isa), \(plan.precision), \(plan.accuracy), spin "
        run += report.spinMicroseconds.map { "\($0) µs" } ?? "forever"
        if let period = schedule.period { run += ", a forward every \(Figures.short(period)) ms" }
        if schedule.cold { run += ", caches cold" }
        run += ", machine profile \(plan.machine)"
        return """
            verdict     \(report.verdict.sentence)

            workload    batch \(plan.batch) × length \(plan.length), timestep \(workload.timestep.fieldValue.json())\(length(workload))
            model       \(Figures.count(Double(workload.parameters))) parameters, \(weights)
            run         \(run), plan \(plan.id)
            machine     \(machine(report.host))

            """
    }

    /// A line that says why the length is that, where nobody asked for it.
    func length(_ workload: WorkloadSummary) -> String {
        workload.lengthReason.map { "\n            the length is \($0)" } ?? ""
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

    private func figures(_ report: Report) -> String {
        let (plan, start, measured) = (report.plan, report.preparation, report.measurement)
        var speed = "\(Figures.short(report.gflopsEffective)) GFLOP/s effective"
        if let peak = report.host.peakGflops, peak > 0 {
            speed += " (\(Figures.fixed(100 * report.gflopsEffective / peak, 0)) % of the multiply-add peak)"
        }
        let huge = report.placement.hugePageBytes.map { "\(Figures.bytes($0)) of them in huge pages, " } ?? ""
        let heap = measured.heapAllocationsPerForward.map(Figures.short) ?? "unknown"
        return """
            throughput  \(Figures.short(report.forwardsPerSecond)) forwards/s at the median, \
            \(Figures.count(report.samplesPerSecond)) positions/s, \(speed)
            memory      weights \(Figures.bytes(start.weightsBytes)), arena \(Figures.bytes(plan.arenaBytes)) \
            (lower bound \(Figures.bytes(plan.arenaLowerBoundBytes))), scratch \(Figures.bytes(plan.scratchBytes)), \
            \(huge)peak resident \(Figures.bytes(measured.peakResidentBytes))
            start       load \(Figures.short(start.loadMilliseconds)) ms, plan \(Figures.short(start.planMilliseconds)) ms, \
            first forward \(Figures.milliseconds(measured.firstForward)) ms
            a forward   \(Figures.short(measured.pageFaultsPerForward)) page faults, \(heap) heap allocations

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
        for timed in sorted.prefix(Self.listed) {
            let (operation, bound) = (timed.operation, timed.bound)
            table.add([
                Figures.fixed(100 * timed.milliseconds / total, 1) + " %",
                Figures.milliseconds(timed.milliseconds),
                bound.map { Figures.milliseconds($0.milliseconds) } ?? "–",
                bound.map { Figures.fixed(100 * $0.milliseconds / max(1e-9, timed.milliseconds), 0) + " %" } ?? "–",
                bound?.limit.rawValue ?? "–",
                operation.multiplyAdds > 0 ? Figures.short(timed.gflops) : "–",
                Figures.short(Double(operation.bytes) / max(1e-9, timed.milliseconds) / 1e6),
                operation.kind + (operation.epilogueKind.map { " + " + $0 } ?? ""), Figures.shape(operation.shape),
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
        return """

            bound       \(Figures.milliseconds(total)) ms for all operations; the median forward takes \
            \(Figures.short(ratio)) times as long
                        \(bounds.sentence)

            """
    }
}
