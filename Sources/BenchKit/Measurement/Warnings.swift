import UNet1D

/// What makes a measurement less trustworthy.
enum Warnings {
    /// Load of the machine and of the process before the measurement began.
    struct Before {
        /// Processes that ran or waited to run, on average over the last minute; nil if unknown.
        let load = Double(AvailableMemory.read("/proc/loadavg").split(separator: " ").first ?? "")
    }

    static func find(
        _ samples: [Double], before: Before, pool: WorkerPool, schedule: Schedule, missedPeriods: Int
    ) -> [Report.Warning] {
        var found: [Report.Warning] = []
        let total = samples.reduce(0, +)
        if samples.count < 10 {
            found.append(
                .init(
                    text: "only \(Figures.counted(samples.count, "forward")) measured",
                    advice: "measure more with --iterations or --duration"))
        } else if total < 100 {
            found.append(
                .init(
                    text: "only \(Figures.short(total)) ms were measured",
                    advice: "measure longer with --iterations or --duration"))
        }
        if let load = before.load, load > 0.5 {
            found.append(
                .init(
                    text: "other programs were running: load \(Figures.short(load)) in the minute before",
                    advice: "stop them, or give the workers cores of their own with taskset"))
        }
        let unpinned = pool.pinning.cpus.dropFirst().count { $0 == nil }
        if unpinned > 0 {
            let reason = pool.pinning.refusal == 0 ? "" : " (error \(pool.pinning.refusal))"
            found.append(
                .init(
                    text: "\(Figures.counted(unpinned, "worker")) not bound to a CPU\(reason)",
                    advice: "allow sched_setaffinity, or use fewer threads than CPUs"))
        }
        if pool.workers > Topology.current.usableCores {
            found.append(
                .init(
                    text: "\(pool.workers) workers share \(Topology.current.usableCores) usable cores",
                    advice: "use --threads \(Topology.current.usableCores)"))
        }
        let statistics = Statistics(samples)
        if samples.count >= 10, statistics.p90 > 1.5 * statistics.min {
            found.append(
                .init(
                    text:
                        "one forward in ten took over \(Figures.short(statistics.p90 / statistics.min)) times the fastest",
                    advice: "look for other load, a changing clock rate, or too many threads"))
        }
        if missedPeriods > 0 {
            found.append(
                .init(
                    text:
                        "\(Figures.counted(missedPeriods, "period")) missed, as a forward\(schedule.cold ? " or the eviction" : "") was still running",
                    advice: "use a longer --period, or more threads"))
        }
        let governor = AvailableMemory.read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            .split(separator: "\n").first
        if let governor, governor != "performance" {
            found.append(
                .init(text: "the clock rate is governed by \(governor)", advice: "set the governor to performance"))
        }
        #if DEBUG
            found.append(
                .init(text: "this is a debug build", advice: "measure a release build: swift build -c release"))
        #endif
        return found
    }
}
