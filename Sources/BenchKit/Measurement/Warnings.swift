/// What makes a measurement less trustworthy, each with what to do about it.
enum Warnings {
    /// Processes that ran or waited to run, on average over the last minute; nil if unknown.
    static func loadAverage() -> Double? {
        Double(AvailableMemory.read("/proc/loadavg").split(separator: " ").first ?? "")
    }

    static func find(_ conditions: Conditions) -> [Warning] {
        var found = conditions.isInterrupted ? [interruption] : []
        found += extent(conditions) + others(conditions) + workers(conditions) + spread(conditions)
        found += clock(conditions.clock)
        if isDebugBuild {
            found.append(
                .init(
                    text: "this is a debug build", advice: "measure a release build: swift build -c release",
                    kind: .build))
        }
        return found
    }

    /// Whether this is a build for debugging.
    static var isDebugBuild: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Ctrl-C or SIGTERM.
    static var interruption: Warning {
        Warning(
            text: "interrupted: \(Interruption.name) ended the measurement early",
            advice: "measure to the end for figures to compare", kind: .extent)
    }

    /// Too few forwards, or too short.
    private static func extent(_ conditions: Conditions) -> [Warning] {
        let latency = conditions.measurement.forwards.latency
        let count = latency.count
        let total = latency.mean * Double(count)
        if count < 10 {
            return [
                .init(
                    text: "only \(Figures.counted(count, "forward")) measured",
                    advice: "measure more with --iterations or --duration", kind: .extent)
            ]
        }
        if total < 100 {
            return [
                .init(
                    text: "only \(Figures.short(total)) ms were measured",
                    advice: "measure longer with --iterations or --duration", kind: .extent)
            ]
        }
        if conditions.schedule.deadline != nil, count < 5000 {
            return [
                .init(
                    text: "\(count) forwards tell little of a deadline: one missed in a thousand may not be among them",
                    advice: "measure 5000 and more with --iterations")
            ]
        }
        return []
    }

    /// Other programs, the hypervisor, the control group.
    private static func others(_ conditions: Conditions) -> [Warning] {
        var found: [Warning] = []
        let interference = conditions.measurement.interference
        if let other = interference?.otherCPUs {
            if other > 0.05 {
                found.append(
                    .init(
                        text: "other programs kept \(Figures.short(other)) CPUs busy meanwhile",
                        advice: "stop them, or give the workers cores of their own with taskset", kind: .noise))
            }
        } else if let load = conditions.load, load > 0.5 {
            found.append(
                .init(
                    text: "other programs were running: load \(Figures.short(load)) in the minute before",
                    advice: "stop them, or give the workers cores of their own with taskset", kind: .noise))
        }
        if let stolen = interference?.stolenCPUs, stolen > 0.01 {
            found.append(
                .init(
                    text: "the hypervisor took \(Figures.short(stolen)) CPUs away meanwhile",
                    advice: "measure on a machine of your own, or on dedicated cores", kind: .noise))
        }
        if let periods = interference?.throttledPeriods, periods > 0 {
            found.append(
                .init(
                    text: "the control group's quota made the process wait in \(Figures.counted(periods, "period"))",
                    advice: "raise cpu.max, or use fewer --threads and a shorter --spin", kind: .noise))
        }
        let switchedOut = conditions.measurement.forwards.switchedOut
        if switchedOut > 0 {
            found.append(
                .init(
                    text:
                        "a thread was switched out for another program in \(Figures.counted(switchedOut, "forward"))",
                    advice: "use an idle core, or a higher priority: nice -n -20, chrt -f 50", kind: .noise))
        }
        return found
    }

    /// Where the threads run.
    private static func workers(_ conditions: Conditions) -> [Warning] {
        var found: [Warning] = []
        if conditions.unboundWorkers > 0 {
            let refusal = conditions.placement.pinningRefusal
            let reason = refusal == 0 ? "" : " (error \(refusal))"
            found.append(
                .init(
                    text: "\(Figures.counted(conditions.unboundWorkers, "worker")) not bound to a CPU\(reason)",
                    advice: "allow sched_setaffinity, or use fewer threads than CPUs", kind: .noise))
        }
        if let changes = conditions.measurement.interference?.cpuChanges, changes > 0 {
            found.append(
                .init(
                    text: "the measuring thread is not bound: it changed its CPU \(Figures.counted(changes, "time"))",
                    advice: "bind it: taskset -c with as many CPUs as --threads", kind: .noise))
        }
        if conditions.workers > conditions.placement.usableCores {
            found.append(
                .init(
                    text: "\(conditions.workers) workers share \(conditions.placement.usableCores) usable cores",
                    advice: "use --threads \(conditions.placement.usableCores)", kind: .noise))
        }
        return found
    }

    /// Forwards that differ much, and late ones.
    private static func spread(_ conditions: Conditions) -> [Warning] {
        var found: [Warning] = []
        let statistics = conditions.measurement.forwards.latency
        if statistics.count >= 10, statistics.p90 > 1.5 * statistics.min {
            found.append(
                .init(
                    text:
                        "one forward in ten took over \(Figures.short(statistics.p90 / statistics.min)) times the fastest",
                    advice: "look for other load, a changing clock rate, or too many threads"))
        }
        if let spread = conditions.measurement.probe?.timings.latency.spread, spread > 1.5 {
            found.append(
                .init(
                    text:
                        "the machine is noisy by itself: one probe in a hundred took \(Figures.short(spread)) times its median",
                    advice: "compare percentiles with the probe's, not with other runs", kind: .noise))
        }
        if conditions.measurement.missedPeriods > 0 {
            found.append(
                .init(
                    text:
                        "\(Figures.counted(conditions.measurement.missedPeriods, "period")) missed, as \(stillRunning(conditions)) was still running",
                    advice: "use a longer --period, or more threads"))
        }
        return found
    }

    private static func stillRunning(_ conditions: Conditions) -> String {
        var names = ["a forward"]
        if conditions.schedule.cold { names.append("the eviction") }
        if conditions.measurement.probe != nil { names.append("the probe") }
        return names.joined(separator: " or ")
    }

    private static func clock(_ clock: ClockRate) -> [Warning] {
        var found: [Warning] = []
        if let governor = clock.governor {
            found.append(
                .init(text: "the clock rate is governed by \(governor)", advice: "set the governor to performance"))
        }
        if clock.boosts {
            found.append(
                .init(
                    text: "the clock rate may rise above the nominal one, and falls with heat",
                    advice: "turn boost off where figures must repeat: cpufreq/boost 0 or intel_pstate/no_turbo 1"))
        }
        return found
    }
}
