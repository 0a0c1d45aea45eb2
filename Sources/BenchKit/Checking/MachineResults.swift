import KernelDispatch
import UNet1D

extension Check {
    /// How much faster another instruction set must be to be advised.
    private static let margin = 0.97
    /// Nanoseconds of the comparison, at least five rounds.
    private static let budget: UInt64 = 3_000_000_000

    /// Whether the instruction set that is chosen by default is the fastest for the default profile's model: forwards of all
    /// take turns on a worker for each usable core.
    static func fastest() -> Check {
        Check(.speed, "instruction set") { () throws(BenchError) in
            let sets = ISA.available
            guard sets.count > 1 else { return .skipped("this machine has \(sets[0].rawValue) alone") }
            let model = try CheckedModel(ProfileLibrary.defaultName)
            let pool = try WorkerPool.ofWorkers(min(Topology.current.usableCores, Compute.maximumThreads))
            var sessions: [TimedSession] = []
            for isa in sets {
                sessions.append(try TimedSession(model.model, model.shape, pool, Session.Options(isa: isa)))
            }
            var times = [[Double]](repeating: [], count: sets.count)
            let start = Clock.now
            repeat {
                for index in sets.indices { times[index].append(sessions[index].forwards(1)) }
            } while times[0].count < 5 || Clock.now - start < budget
            return verdict(
                zip(sets, times).map { ($0.rawValue, $1.median / 1e6) }, chosen: Implementation.best.name,
                workers: pool.workers, model: model.name)
        }
    }

    /// - Parameter medians: milliseconds of a forward with each instruction set.
    static func verdict(
        _ medians: [(isa: String, milliseconds: Double)], chosen: String, workers: Int, model: String
    ) -> CheckOutcome {
        let sorted = medians.sorted { $0.milliseconds < $1.milliseconds }
        let list = sorted.map { "\($0.isa) \(Figures.milliseconds($0.milliseconds)) ms" }.joined(separator: ", ")
        let detail = "\(chosen) is chosen; \(model) with \(Figures.counted(workers, "worker")): \(list)"
        guard let own = sorted.first(where: { $0.isa == chosen }), let best = sorted.first,
            best.milliseconds < margin * own.milliseconds
        else { return .ok(detail) }
        return .warning(
            detail, advice: "use --isa \(best.isa), in code Session.Options(isa: .\(best.isa)), where it stays faster")
    }

    /// Whether memory can be had in huge pages.
    /// Source: Linux, Documentation/admin-guide/mm/transhuge.rst.
    static func hugePages(root: String = "") -> Check {
        Check(.machine, "huge pages") { () throws(BenchError) in
            let text = AvailableMemory.read(root + "/sys/kernel/mm/transparent_hugepage/enabled")
            let chosen = text.split(separator: "[").dropFirst().first?.split(separator: "]").first
            guard let chosen else { return .skipped("the kernel does not tell") }
            if chosen != "never" { return .ok("transparent huge pages: \(chosen)") }
            return .warning(
                "the kernel gives no transparent huge pages",
                advice: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled, which large models gain from")
        }
    }
}

/// How steady this machine is, and what disturbs it.
enum MachineChecks {
    /// Seconds of forwards that alternate with a probe of the machine alone.
    private static let seconds = 2.0

    /// Measures forwards as `run --probe` does.
    ///
    /// - Parameter host: gets what the machine's probes find.
    static func results(host: inout Host, progress: Progress) -> [CheckResult] {
        var settings = Settings()
        (settings.duration, settings.probe) = (seconds, true)
        do throws(BenchError) {
            let work = try Workload(
                profile: "small-512-b1", model: nil, flags: settings, library: ProfileLibrary(folders: []))
            let report = try Report.measuring(work, progress: progress)
            host = report.host
            return results(report)
        } catch {
            return [CheckReport.machine("steadiness", .error("\(error)"))]
        }
    }

    /// A line for how steady forwards and probes were, and one for each warning.
    static func results(_ report: Report) -> [CheckResult] {
        if report.isInterrupted { return [CheckReport.machine("steadiness", Check.forestalled)] }
        let (forwards, probe) = (report.latency, report.measurement.probe?.timings.latency)
        var detail = "\(report.workload.profile ?? "a forward"): median \(Figures.milliseconds(forwards.p50)) ms"
        if let spread = forwards.spread { detail += ", p99/p50 \(Figures.fixed(spread, 3))" }
        if let spread = probe?.spread { detail += ", that of the machine alone \(Figures.fixed(spread, 3))" }
        return [CheckReport.machine("steadiness", .ok(detail))]
            + report.warnings.map { CheckReport.machine("for measuring", .warning($0.text, advice: $0.advice)) }
    }
}

extension CheckReport {
    /// A line about the machine.
    static func machine(_ name: String, _ outcome: CheckOutcome) -> CheckResult {
        CheckResult(group: .machine, name: name, outcome: outcome)
    }
}
