import UNet1D

/// A workload that is ready for sessions: its model with packed weights, its plan and its workers.
struct PreparedWorkload {
    let model: UNet1DModel
    let plan: Plan
    let pool: WorkerPool
    /// What it took.
    let figures: PreparationFigures

    /// Opens or makes the model, plans, starts the workers and packs the weights. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - probes: whether a probe with an arena of its own will alternate with the forwards.
    ///   - pool: workers that others use, too; nil: workers are started.
    /// - Throws: what each of these throws; `BenchError.memory` where the machine has too little.
    init(
        _ workload: Workload, compute: Compute, probes: Bool, pool: WorkerPool?, progress: Progress
    ) throws(BenchError) {
        progress.say("loading")
        let loadStart = Clock.now
        let model = try workload.model.load()
        let loading = Clock.milliseconds(since: loadStart)
        let planStart = Clock.now
        let plan = try workload.plan(model, options: compute.options)
        let planning = Clock.milliseconds(since: planStart)
        try AvailableMemory.check(
            plan, workers: compute.threads,
            weightCopies: compute.options.numa == .replicate ? Topology.current.nodes.count : 1,
            probes: probes, subject: workload.profile ?? workload.model.path ?? "run")
        let pool = if let pool { pool } else { try compute.makePool() }
        progress.say("packing weights")
        let packStart = Clock.now
        try library { () throws(UNet1DError) in try model.packWeights(for: plan, numa: compute.options.numa, pool: pool)
        }
        figures = PreparationFigures(
            loadMilliseconds: loading + Clock.milliseconds(since: packStart), planMilliseconds: planning,
            weightsBytes: model.packedWeightBytes)
        self.model = model
        self.plan = plan
        self.pool = pool
    }
}
