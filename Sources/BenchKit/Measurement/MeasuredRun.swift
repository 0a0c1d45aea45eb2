import Checkpoint
import UNet1D
import UNet1DSampling

/// A workload on its way to a report: it is prepared and warmed up, then measured in one slice or in several, then finished.
struct MeasuredRun: ~Copyable {
    private let workload: Workload
    private let compute: Compute
    private let schedule: Schedule
    private let loops: LoopOptions?
    private let load: LoadOptions?
    private let loadAverage: Double?
    private let host: Host
    private let prepared: PreparedWorkload
    private let condition: Condition
    private let sample: [Float]
    private let timestep: Timestep
    private let firstForward: UInt64
    private var session: Session
    private var loop: MeasuringLoop
    private var use: SliceUse
    private let progress: Progress

    /// Loads or makes the model, plans, runs the first forward and the warm-up.
    ///
    /// - Parameters:
    ///   - pool: workers that others use, too, though not at once; nil: workers of its own.
    ///   - slices: what was measured of the workload before; nil: it is measured in one go.
    ///   - stream: where the lines of forwards go while they are measured; nil: nowhere.
    /// - Throws: what each step throws.
    init(
        _ workload: Workload, pool: WorkerPool? = nil, slices: [Slice]? = nil, progress: Progress,
        stream: SampleStream? = nil
    ) throws(BenchError) {
        let compute = try Compute(workload.settings, library: workload.library)
        let schedule = try Schedule(workload.settings)
        let loops = try LoopOptions(workload.settings, model: workload.model)
        let load = try LoadOptions(workload.settings)
        let loadAverage = Warnings.loadAverage()
        let host = Host.current()
        let prepared = try PreparedWorkload(
            workload, compute: compute, probes: schedule.probe, pool: pool, progress: progress)
        let plan = prepared.plan
        var session = try library { () throws(UNet1DError) in
            try Session(model: prepared.model, shape: plan.shape, pool: prepared.pool, options: compute.options)
        }
        let condition = workload.condition(plan)
        session.set(condition)
        let sample = workload.sample(plan)
        let timestep = try workload.timestep(plan)

        var forwards = try TimedForwards(session, sample: sample, timestep: timestep, cold: schedule.cold)
        progress.say("first forward")
        forwards.evict()
        let first = forwards.forward(&session).nanoseconds
        progress.say("warming up")
        var fastest = first
        forwards.warmUp(&session, forwards: schedule.warmup, fastest: &fastest)
        if schedule.probe { try forwards.makeProbe(&session, fastest: fastest) }
        let loop = MeasuringLoop(
            forwards, schedule: schedule, fastest: fastest, slices: slices ?? [], keepsReadings: slices != nil,
            progress: progress, stream: stream)

        self.workload = workload
        self.compute = compute
        self.schedule = schedule
        self.loops = loops
        self.load = load
        self.loadAverage = loadAverage
        self.host = host
        self.prepared = prepared
        self.condition = condition
        self.sample = sample
        self.timestep = timestep
        self.progress = progress
        self.session = session
        self.loop = loop
        firstForward = first
        use = (slices ?? []).reduce(SliceUse()) { $0 + $1.use }
    }

    /// Whether nothing is left to measure.
    var isDone: Bool { loop.isDone }

    /// The share that is measured.
    var share: Double { loop.share }

    /// Forwards measured so far.
    var forwards: Int { loop.samples.count }

    /// The workers.
    var pool: WorkerPool { prepared.pool }

    /// Measures everything, or the next one of so many slices. Ctrl-C ends it after the forward at hand.
    ///
    /// - Throws: what writing to the stream throws.
    mutating func measure(slices: Int = 1) throws(BenchError) {
        let (changes, missed) = (loop.forwards.cpuChanges, loop.pace.missed)
        let aside = loop.aside
        let nanoseconds = loop.elapsed
        Interruption.watch()
        let counters = SystemCounters()
        let before = ProcessUse()
        try loop.run(&session, slices: slices)
        let used = ProcessUse().since(before)
        let machine = SystemCounters().since(counters)
        progress.clear()
        try loop.writeRest()
        // What showing the progress and writing lines took is not the forwards'.
        let faults = loop.aside.faults - aside.faults
        let calls = loop.aside.heapCalls - aside.heapCalls
        let slice = SliceUse(
            elapsed: loop.elapsed - nanoseconds, faults: used.faults - min(used.faults, faults),
            heapCalls: used.heapCalls.map { $0 - min($0, calls) }, missedPeriods: loop.pace.missed - missed,
            cpuChanges: loop.forwards.cpuChanges - changes, machine: machine)
        use = use + slice
    }

    /// Measures the next one of so many slices, after slices of others, which have filled the caches with their own.
    ///
    /// - Throws: what measuring throws.
    mutating func measureSlice(of slices: Int) throws(BenchError) -> Slice {
        let before = use
        let (forwards, probes) = (loop.samples.count, loop.samples.probeCount)
        loop.rewarm(&session)
        use = SliceUse()
        try measure(slices: slices)
        let slice = Slice(
            forwards: loop.samples.forwards(from: forwards), probes: loop.samples.probes(from: probes), use: use)
        use = before + use
        return slice
    }

    /// What was measured, and what the model and the machine tell without being run again.
    ///
    /// - Precondition: a forward was measured.
    func reportSoFar() -> Report {
        let count = Double(loop.samples.count)
        let measurement = Measurement(
            samples: loop.samples.milliseconds, forwards: loop.samples.forwardTimings, probe: loop.probeFigures,
            interference: schedule.turns == nil ? Interference(use.machine, cpuChanges: use.cpuChanges) : nil,
            firstForward: Double(firstForward) / 1e6, elapsedSeconds: Double(use.elapsed) / 1e9,
            heapAllocationsPerForward: use.heapCalls.map { Double($0) / count },
            pageFaultsPerForward: Double(use.faults) / count, missedPeriods: use.missedPeriods,
            peakResidentBytes: ProcessUse().peakResidentBytes, lateForwards: loop.samples.late)
        let placement = session.placement
        return Report(
            workload: WorkloadSummary(workload, network: prepared.model.network, notes: prepared.model.notes),
            plan: PlanSummary(prepared.plan, threads: compute.threads), schedule: schedule,
            spinMicroseconds: compute.spinMicroseconds, preparation: prepared.figures, measurement: measurement,
            loop: nil, gradient: nil, load: nil, operations: [],
            buffers: PlanReport.Buffer.all(prepared.plan), recording: nil, placement: placement, host: host,
            bounds: nil,
            warnings: Warnings.find(
                Conditions(
                    measurement: measurement, schedule: schedule, placement: placement, load: loadAverage,
                    clock: .current,
                    isInterrupted: Interruption.isPending)), isInterrupted: Interruption.isPending)
    }

    /// The whole report: times operations and measures whatever else was requested, and probes the machine. After Ctrl-C
    /// it has what was measured up to then.
    ///
    /// - Parameter probed: what probes found of the machine with these workers; nil: they are run.
    /// - Throws: what measuring gradients or loops throws.
    consuming func report(probed: Host? = nil) throws(BenchError) -> Report {
        var report = reportSoFar()
        if Interruption.isPending { return report }
        let (plan, model) = (prepared.plan, prepared.model)
        report.load = loop.measureLoad(
            load, &session, service: UInt64(report.latency.p50 * 1e6), seed: workload.seed, progress: progress)
        progress.say("recording forwards")
        report.recording = try Recording.run(
            &session, sample: sample, timestep: timestep, schedule: schedule, milliseconds: report.latency.p50)
        progress.say("timing operations")
        let times = OperationTimes.measure(&session, sample: sample, timestep: timestep)
        if schedule.gradient {
            report.gradient = try GradientFigures.measure(
                &session, model: model, options: compute.options, sample: sample, timestep: timestep,
                condition: condition, schedule: schedule, progress: progress)
        }
        report.loop = try LoopFigures.measure(
            loops, session, noise: sample, sampleRate: model.configuration.sampleRate, schedule: schedule,
            progress: progress)
        if let probed {
            report.host = probed
        } else if !Interruption.isPending {
            progress.say("probing the machine")
            report.host.probe(prepared.pool)
        }
        progress.clear()
        let bounds = Bounds(
            report.host, weightBytes: plan.weightBytes, arenaBytes: plan.arenaBytes,
            cacheBytes: CacheSizes.lastLevelBytes(workers: compute.threads))
        report.bounds = bounds
        report.operations = zip(OperationSummary.all(plan), times.milliseconds).map {
            TimedOperation($0, milliseconds: $1, bounds: bounds)
        }
        if Interruption.isPending {
            report.isInterrupted = true
            report.warnings.insert(Warnings.interruption, at: 0)
        }
        return report
    }
}

extension Report {
    /// Loads or makes the model, plans, warms up, measures. Ctrl-C ends the process before the first measured forward; after
    /// it, the report has what was measured.
    ///
    /// - Parameter stream: where the lines of forwards go while they are measured; nil: nowhere.
    /// - Throws: what each of these throws.
    public static func measuring(
        _ workload: Workload, progress: Progress, stream: SampleStream? = nil
    ) throws(BenchError) -> Report {
        var run = try MeasuredRun(workload, progress: progress, stream: stream)
        try run.measure()
        return try run.report()
    }
}
