import Checkpoint
import UNet1D

extension Report {
    /// Loads or makes the model, plans, warms up, measures.
    ///
    /// - Throws: what each of these throws.
    public init(_ workload: Workload, progress: Progress) throws(BenchError) {
        let compute = try Compute(workload.settings, library: workload.library)
        let schedule = try Schedule(workload.settings)
        let load = Warnings.loadAverage()
        var host = Host.current()

        progress.say("loading")
        let loadStart = Clock.now
        let model = try workload.model.load()
        var loading = Clock.milliseconds(since: loadStart)
        let planStart = Clock.now
        let plan = try workload.plan(model, options: compute.options)
        planMilliseconds = Clock.milliseconds(since: planStart)
        try AvailableMemory.check(
            plan, workers: compute.threads,
            weightCopies: compute.options.numa == .replicate ? Topology.current.nodes.count : 1,
            probes: schedule.probe, subject: workload.profile ?? workload.model.path ?? "run")
        let pool = try compute.makePool()
        progress.say("packing weights")
        let packStart = Clock.now
        try library { () throws(UNet1DError) in try model.packWeights(for: plan, numa: compute.options.numa, pool: pool)
        }
        loading += Clock.milliseconds(since: packStart)
        loadMilliseconds = loading

        var session = try library { () throws(UNet1DError) in
            try Session(model: model, shape: plan.shape, pool: pool, options: compute.options)
        }
        let recipe = SeededWeights.sample(count: plan.sampleCount, seed: workload.seed)
        let sample = (0..<plan.sampleCount).map { recipe.value(at: $0) }
        let timestep = try library { () throws(UNet1DError) in
            try Timestep([Double](repeating: workload.timestepNumber, count: plan.shape.timesteps))
        }
        let measurement = try Measurement(
            &session, sample: sample, timestep: timestep, schedule: schedule, progress: progress)
        progress.say("timing operations")
        let times = OperationTimes(&session, sample: sample, timestep: timestep)
        let placement = session.placement
        progress.say("probing the machine")
        host.probe(pool)
        progress.clear()

        planID = plan.id
        profile = workload.profile
        description = workload.description
        self.model = workload.model.path
        seed = workload.seed
        parameters = model.network.parameters
        batch = plan.shape.batch
        length = plan.shape.length
        self.timestep = workload.timestepNumber
        threads = compute.threads
        isa = plan.implementation.name
        machine = plan.machine.name
        numa = placement.numa.rawValue
        self.placement = placement
        accuracy = plan.accuracy.rawValue
        precision = Compute.precision
        spinMicroseconds = compute.spinMicroseconds
        period = workload.settings.period
        cold = schedule.cold
        deadline = schedule.deadline
        samples = measurement.samples
        switchedOut = measurement.switchedOut
        undisturbed = measurement.undisturbed
        probe = measurement.probe
        interference = measurement.interference
        elapsedSeconds = measurement.elapsedSeconds
        missedPeriods = measurement.missedPeriods
        multiplyAdds = plan.multiplyAdds
        firstForwardMilliseconds = measurement.firstForward
        weightsBytes = model.packedWeightBytes
        arenaBytes = plan.arenaBytes
        arenaLowerBoundBytes = plan.arenaLowerBoundBytes
        scratchBytes = plan.scratchBytesPerWorker * compute.threads
        hugePageBytes = session.placement.hugePageBytes
        peakResidentBytes = measurement.peakResidentBytes
        heapAllocationsPerForward = measurement.heapAllocationsPerForward
        pageFaultsPerForward = measurement.pageFaultsPerForward
        operations = zip(plan.operations, times.milliseconds).map { operation, milliseconds in
            OperationFigures(
                name: operation.name, kind: operation.kind.rawValue, shape: operation.outputShape,
                milliseconds: milliseconds, multiplyAdds: operation.multiplyAdds, products: operation.products,
                bytes: operation.bytesRead + operation.bytesWritten, weightBytes: operation.weightBytes,
                follower: operation.followedBy?.kind.rawValue)
        }
        self.host = host
        bounds = Bounds(
            host, weightBytes: plan.weightBytes, arenaBytes: plan.arenaBytes,
            cacheBytes: CacheSizes.lastLevelBytes(workers: compute.threads))
        warnings = Warnings.find(
            Conditions(
                samples: measurement.samples, switchedOut: measurement.switchedOut, probe: measurement.probe?.latency,
                interference: measurement.interference, load: load,
                unboundWorkers: pool.pinning.cpus.dropFirst().count { $0 == nil },
                bindingRefusal: pool.pinning.refusal, workers: pool.workers,
                usableCores: Topology.current.usableCores, missedPeriods: measurement.missedPeriods,
                hasDeadline: schedule.deadline != nil, isCold: schedule.cold, clock: .current))
        notes = model.notes
    }
}
