import KernelDispatch
import Memory
public import UNet1D

/// Measures this machine: a machine profile, and how it was found.
public struct Tuning: Sendable {
    /// What was measured.
    public let machine: MachineProfile
    /// What was found on the way, a line each.
    public let findings: [String]

    /// Measures, in less than two minutes. Allocates up to a few hundred megabytes, or twice the last-level caches if
    /// that is more.
    ///
    /// - Parameters:
    ///   - name: the profile's; nil: `defaultName`.
    ///   - compute: the workers.
    /// - Throws: `BenchError.option` for a name that no file may have, `BenchError.library` where memory or workers are
    ///   not to be had.
    public static func run(name: String?, compute: Compute, progress: Progress) throws(BenchError) -> Tuning {
        try run(name: name, compute: compute, budget: TuningBudget(), progress: progress)
    }

    /// What a profile of this machine is called: processor and workers, such as `zen5-2`.
    public static func defaultName(threads: Int) -> String { "\(ProcessorCode.name())-\(threads)" }

    /// Checks a profile's name.
    ///
    /// - Throws: `BenchError.option`.
    public static func check(name: String?) throws(BenchError) {
        if let name, !MachineProfile.isName(name) {
            throw .option(name: "name", found: name, expected: MachineProfile.nameRule)
        }
    }

    static func run(
        name: String?, compute: Compute, budget: TuningBudget, progress: Progress
    ) throws(BenchError) -> Tuning {
        try check(name: name)
        let host = Host.current()
        let all = try compute.makePool()
        let one = try compute.makePool(workers: 1)
        var machine = MachineProfile.builtIn
        machine.name = name ?? defaultName(threads: compute.threads)
        machine.processor = host.cpu.isEmpty ? "unknown" : host.cpu
        machine.cores = compute.threads

        progress.say("multiply-add peak")
        machine.multiplyAddsPerSecond = try rates(one, budget)
        progress.say("bandwidths of one core")
        machine.oneCoreBandwidth = try bandwidths(one, budget)
        progress.say("bandwidths of all cores")
        machine.allCoresBandwidth = try bandwidths(all, budget)
        progress.say("what stays in the last-level cache")
        machine.cachedWeightBytes = try CacheReach.bytes(one, machine.oneCoreBandwidth, budget)
        progress.say("barrier")
        machine.barrierNanoseconds = rounded(
            BarrierProbe.nanoseconds(all, nanoseconds: budget.probeNanoseconds))

        let crossover = try CrossoverTuning.run(pool: one, budget: budget, progress: progress)
        let transforms = crossover.best(for: machine, worthwhile: budget.worthwhile)
        machine.winogradTransforms = transforms.value
        let tiles = try TileTuning.run(machine: machine, pool: all, budget: budget, progress: progress)
        machine.tiles = tiles.sizes
        progress.clear()
        return Tuning(machine: machine, findings: [transforms.finding] + tiles.findings)
    }

    /// One core's peak with each instruction set; one that the machine lacks takes the next narrower one's.
    private static func rates(
        _ pool: WorkerPool, _ budget: TuningBudget
    ) throws(BenchError) -> MachineProfile.MultiplyAddRates {
        var rates = MachineProfile.builtIn.multiplyAddsPerSecond
        var rate = rates.generic
        for isa in ISA.allCases {
            if let implementation = Implementation.available.first(where: { $0.isa == isa }) {
                let gflops = try memory { () throws(MemoryError) in
                    try PeakProbe(implementation).gflops(pool, nanoseconds: budget.probeNanoseconds)
                }
                rate = rounded(gflops / 2 * 1e9)
            }
            rates[isa] = rate
        }
        return rates
    }

    private static func bandwidths(
        _ pool: WorkerPool, _ budget: TuningBudget
    ) throws(BenchError) -> MachineProfile.Bandwidths {
        func bandwidth(_ level: ReadProbe.Level) throws(BenchError) -> Double {
            let probe = try memory { () throws(MemoryError) in try ReadProbe(level, workers: pool.workers) }
            return rounded(probe.bandwidth(pool, nanoseconds: budget.probeNanoseconds))
        }
        var bandwidths = MachineProfile.builtIn.oneCoreBandwidth
        bandwidths.l1 = try bandwidth(.first)
        bandwidths.l2 = try bandwidth(.second)
        bandwidths.l3 = try bandwidth(.last)
        bandwidths.memory = try bandwidth(.memory)
        return bandwidths
    }

    /// The three leading digits, or whole numbers where there are fewer digits before the point: the rest is noise.
    static func rounded(_ value: Double) -> Double {
        var scale = 1.0
        while value / scale >= 1000 { scale *= 10 }
        return (value / scale).rounded() * scale
    }

    /// Runs `body`, its error as one of the command's.
    static func memory<Result>(_ body: () throws(MemoryError) -> Result) throws(BenchError) -> Result {
        do throws(MemoryError) { return try body() } catch { throw .library(.memory(error)) }
    }
}
