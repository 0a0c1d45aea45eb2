import Glibc
import UNet1D

/// Sizes of tiles: whole forwards timed with a handful of values for each size, in turn, one size after the other.
struct TileTuning {
    /// The best sizes found.
    private(set) var sizes: MachineProfile.TileSizes
    /// What was found, a line for each size.
    private(set) var findings: [String] = []

    private let workloads: [(model: UNet1DModel, workload: TileWorkload)]
    private let pool: WorkerPool
    private let budget: TuningBudget

    /// Tries all candidates; a value other than the built-in one is taken where it is worthwhile, twice in a row.
    static func run(
        machine: MachineProfile, pool: WorkerPool, budget: TuningBudget, progress: Progress
    ) throws(BenchError) -> TileTuning {
        var tuning = TileTuning(
            sizes: machine.tiles, workloads: try models(budget.tileWorkloads), pool: pool, budget: budget)
        for candidates in budget.tileCandidates {
            guard let field = MachineField.all.first(where: { $0.section == "tiles" && $0.key == candidates.key })
            else { preconditionFailure("no size is called \(candidates.key)") }
            progress.say("tiles: \(candidates.key)")
            try tuning.tune(field, candidates.values, machine)
        }
        return tuning
    }

    private init(
        sizes: MachineProfile.TileSizes, workloads: [(model: UNet1DModel, workload: TileWorkload)], pool: WorkerPool,
        budget: TuningBudget
    ) {
        self.sizes = sizes
        self.workloads = workloads
        self.pool = pool
        self.budget = budget
    }

    /// The workloads with their models; equal configurations share one.
    private static func models(
        _ workloads: [TileWorkload]
    ) throws(BenchError) -> [(model: UNet1DModel, workload: TileWorkload)] {
        var models: [Configuration: UNet1DModel] = [:]
        var found: [(model: UNet1DModel, workload: TileWorkload)] = []
        for workload in workloads {
            let model =
                if let made = models[workload.configuration] { made } else {
                    try library { () throws(UNet1DError) in
                        try UNet1DModel(configuration: workload.configuration)
                    }
                }
            models[workload.configuration] = model
            found.append((model, workload))
        }
        return found
    }

    private mutating func tune(
        _ field: MachineField, _ values: [Int], _ machine: MachineProfile
    ) throws(BenchError) {
        var current = machine
        current.tiles = sizes
        let others = values.map { value in
            var machine = current
            field.set(Double(value), in: &machine)
            return machine
        }
        let speedups = try speedups(of: others, over: current)
        var finding = "\(field.key): \(field.value(in: current).fieldValue.json()) kept"
        if let best = speedups.indices.max(by: { speedups[$0] < speedups[$1] }), speedups[best] > budget.worthwhile {
            // The best of several is lucky more often than not: it has to win alone, too.
            let again = try self.speedups(of: [others[best]], over: current)[0]
            if again > budget.worthwhile {
                sizes = others[best].tiles
                finding =
                    "\(field.key): \(values[best]), \(Figures.fixed(100 * (again - 1), 1)) % faster than "
                    + "\(field.value(in: current).fieldValue.json())"
            }
        }
        findings.append(finding)
    }

    /// How many times as fast as `base` each of `others` is, on geometric average over the workloads: by medians or by
    /// the fastest forwards, whichever says less. Load that comes and goes moves medians, a single lucky forward the
    /// fastest.
    private func speedups(of others: [MachineProfile], over base: MachineProfile) throws(BenchError) -> [Double] {
        var medians = [Double](repeating: 0, count: others.count)
        var fastest = medians
        for (model, workload) in workloads {
            let times = try times(model, workload, [base] + others)
            for index in others.indices {
                medians[index] += log(times[0].median / times[index + 1].median)
                fastest[index] += log((times[0].min() ?? 1) / (times[index + 1].min() ?? 1))
            }
        }
        return others.indices.map { exp(min(medians[$0], fastest[$0]) / Double(max(1, workloads.count))) }
    }

    /// Nanoseconds of forwards with each profile, all in turn in every round.
    private func times(
        _ model: UNet1DModel, _ workload: TileWorkload, _ machines: [MachineProfile]
    ) throws(BenchError) -> [[Double]] {
        // Profiles that lead to the same plan are the same.
        var plans: [String: Int] = [:]
        var sessions: [TimedSession] = []
        var places: [Int] = []
        for machine in machines {
            let options = Options(machine: machine)
            let plan = try library { () throws(UNet1DError) in try model.plan(workload.shape, options: options) }
            if plans[plan.id] == nil {
                plans[plan.id] = sessions.count
                sessions.append(try TimedSession(model, workload.shape, pool, options))
            }
            places.append(plans[plan.id] ?? 0)
        }
        guard sessions.count > 1 else { return machines.map { _ in [1] } }
        var samples = [[Double]](repeating: [], count: sessions.count)
        let start = Clock.now
        var done = 0
        while done < min(3, budget.tileRounds)
            || (done < budget.tileRounds && Clock.now - start < budget.tileNanoseconds)
        {
            done += 1
            for (index, session) in sessions.enumerated() {
                // The first forward brings back what the other sessions pushed out of the caches.
                _ = session.forwards(1)
                samples[index].append(session.forwards(workload.forwards))
            }
        }
        return places.map { samples[$0] }
    }
}
