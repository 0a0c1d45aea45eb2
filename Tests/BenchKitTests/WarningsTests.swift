@testable import BenchKit
import Testing

@Suite struct WarningsTests {
    /// Two hundred forwards of a millisecond on a machine of one's own: nothing to warn of.
    private static let calm: Conditions = {
        var measurement = FixedReports.measurement
        measurement.take([Double](repeating: 1, count: 200))
        measurement.forwards.switchedOut = 0
        measurement.probe = nil
        measurement.interference = Interference(otherCPUs: 0, stolenCPUs: 0, throttledPeriods: 0, cpuChanges: 0)
        measurement.missedPeriods = 0
        var schedule = FixedReports.schedule
        schedule.deadline = nil
        schedule.cold = false
        var placement = FixedReports.placement
        placement.cpusGranted = [nil]
        return Conditions(measurement: measurement, schedule: schedule, placement: placement, load: 3)
    }()

    private static let noisy: ProbeFigures = {
        let times = Statistics((0..<200).map { $0 < 190 ? 1 : 4 })
        return ProbeFigures(timings: Timings(latency: times, switchedOut: 0), bytes: 0, multiplyAdds: 0)
    }()

    private static let cases: [(change: @Sendable (inout Conditions) -> Void, text: String, advice: String)] = [
        ({ $0.measurement.take([1, 1, 1]) }, "only 3 forwards", "--iterations"),
        ({ $0.measurement.take([Double](repeating: 0.1, count: 20)) }, "only 2.00 ms", "--duration"),
        ({ $0.schedule.deadline = 1 }, "200 forwards tell little of a deadline", "5000"),
        ({ $0.measurement.interference?.otherCPUs = 0.5 }, "other programs kept 0.500 CPUs busy", "taskset"),
        ({ $0.measurement.interference = nil }, "other programs were running: load 3.00", "taskset"),
        ({ $0.measurement.interference?.stolenCPUs = 0.1 }, "hypervisor took 0.100 CPUs", "dedicated"),
        (
            { $0.measurement.interference?.throttledPeriods = 2 }, "quota made the process wait in 2 periods",
            "cpu.max"
        ),
        (
            { $0.measurement.forwards.switchedOut = 1 }, "switched out for another program in 1 forward",
            "nice -n -20"
        ),
        ({ $0.measurement.interference?.cpuChanges = 1 }, "changed its CPU 1 time", "taskset"),
        (
            {
                $0.placement.cpusGranted = [nil, nil]
                $0.placement.pinningRefusal = 1
            }, "1 worker not bound to a CPU (error 1)", "sched_setaffinity"
        ),
        (
            {
                $0.placement.cpusGranted = [nil, 1]
                $0.placement.usableCores = 1
            }, "2 workers share 1 usable cores", "--threads 1"
        ),
        (
            { $0.measurement.take($0.measurement.samples + [Double](repeating: 2, count: 40)) },
            "one forward in ten took over 2.00 times", "load"
        ),
        ({ $0.measurement.probe = noisy }, "one probe in a hundred took 4.00 times its median", "probe's"),
        (
            {
                $0.measurement.missedPeriods = 1
                $0.schedule.cold = true
            }, "1 period missed, as a forward or the eviction was", "--period"
        ),
        ({ $0.clock.governor = "powersave" }, "governed by powersave", "performance"),
        ({ $0.clock.boosts = true }, "rise above the nominal one", "no_turbo"),
    ]

    /// The warnings that do not concern the build.
    private func found(_ conditions: Conditions) -> [Warning] {
        Warnings.find(conditions).filter { !$0.text.contains("debug build") }
    }

    @Test func aCalmMachineGivesNone() { #expect(found(Self.calm).isEmpty) }

    @Test(arguments: cases.indices) func eachCauseHasAWarningAndAdvice(index: Int) {
        var conditions = Self.calm
        Self.cases[index].change(&conditions)
        let warnings = found(conditions)
        #expect(warnings.count == 1)
        #expect(warnings.first?.text.contains(Self.cases[index].text) == true, "\(warnings)")
        #expect(warnings.first?.advice.contains(Self.cases[index].advice) == true, "\(warnings)")
    }

    @Test func countersOfAMachine() throws {
        let folder = try TemporaryFolder()
        try folder.write("0::/group\n", to: "proc/self/cgroup")
        func counters(busy: Int, stolen: Int, throttled: Int) throws -> SystemCounters {
            // user, nice, system, idle, iowait, irq, softirq, steal, guest
            try folder.write(
                "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 \(busy) 0 10 99 99 5 5 \(stolen) 7 7\ncpu1 9999 0 0 0 0 0 0 0 0 0\nintr 1\n",
                to: "proc/stat")
            try folder.write("nr_periods 9\nnr_throttled \(throttled)\n", to: "sys/fs/cgroup/group/cpu.stat")
            return SystemCounters(root: folder.path, cpus: [0])
        }
        let start = try counters(busy: 100, stolen: 50, throttled: 3)
        let end = try counters(busy: 1_000_100, stolen: 100_050, throttled: 5)
        #expect(start.busySeconds == 1.2 && start.stolenSeconds == 0.5 && start.throttledPeriods == 3)
        let short = Interference(end.since(start), cpuChanges: 4)
        // Ticks of 10 ms tell nothing of so short a time; counts do.
        #expect(short == Interference(otherCPUs: nil, stolenCPUs: nil, throttledPeriods: 2, cpuChanges: 4))
        let nowhere = SystemCounters(root: folder.path + "/nowhere", cpus: [0])
        #expect(nowhere.busySeconds == nil && nowhere.throttledPeriods == nil)
    }

    @Test func clockRates() throws {
        let folder = try TemporaryFolder()
        let cpus = "sys/devices/system/cpu"
        try folder.write("performance\n", to: cpus + "/cpu0/cpufreq/scaling_governor")
        try folder.write("powersave\n", to: cpus + "/cpu1/cpufreq/scaling_governor")
        #expect(ClockRate(root: folder.path, cpus: [0]) == ClockRate())
        try folder.write("0\n", to: cpus + "/intel_pstate/no_turbo")
        let both = ClockRate(root: folder.path, cpus: [0, 1])
        #expect(both.governor == "powersave" && both.boosts)
    }
}
