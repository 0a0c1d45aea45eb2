import Checkpoint
import UNet1DSampling

extension Report {
    /// Loads or makes the model, plans, warms up, measures.
    ///
    /// - Parameter stream: where the lines of forwards go while they are measured; nil: nowhere.
    /// - Throws: what each of these throws.
    public static func measuring(
        _ workload: Workload, progress: Progress, stream: SampleStream? = nil
    ) throws(BenchError) -> Report {
        let compute = try Compute(workload.settings, library: workload.library)
        let schedule = try Schedule(workload.settings)
        let loops = try LoopOptions(workload.settings, model: workload.model)
        let load = Warnings.loadAverage()
        var host = Host.current()
        let prepared = try PreparedWorkload(workload, compute: compute, probes: schedule.probe, progress: progress)
        let (model, plan, pool) = (prepared.model, prepared.plan, prepared.pool)

        var session = try library { () throws(UNet1DError) in
            try Session(model: model, shape: plan.shape, pool: pool, options: compute.options)
        }
        let condition = workload.condition(plan)
        session.set(condition)
        let sample = workload.sample(plan)
        let timestep = try workload.timestep(plan)
        let measurement = try Measurement.run(
            &session, sample: sample, timestep: timestep, schedule: schedule, progress: progress,
            stream: stream)
        progress.say("recording forwards")
        let recording = try Recording.run(
            &session, sample: sample, timestep: timestep, schedule: schedule,
            milliseconds: measurement.forwards.latency.p50)
        progress.say("timing operations")
        let times = OperationTimes.measure(&session, sample: sample, timestep: timestep)
        let placement = session.placement
        let gradient =
            schedule.gradient
            ? try GradientFigures.measure(
                &session, model: model, options: compute.options, sample: sample, timestep: timestep,
                condition: condition, schedule: schedule, progress: progress) : nil
        let loop = try LoopFigures.measure(
            loops, session, noise: sample, sampleRate: model.configuration.sampleRate, schedule: schedule,
            progress: progress)
        progress.say("probing the machine")
        host.probe(pool)
        progress.clear()

        let bounds = Bounds(
            host, weightBytes: plan.weightBytes, arenaBytes: plan.arenaBytes,
            cacheBytes: CacheSizes.lastLevelBytes(workers: compute.threads))
        return Report(
            workload: WorkloadSummary(workload, network: model.network, notes: model.notes),
            plan: PlanSummary(plan, threads: compute.threads), schedule: schedule,
            spinMicroseconds: compute.spinMicroseconds, preparation: prepared.figures, measurement: measurement,
            loop: loop, gradient: gradient,
            operations: zip(OperationSummary.all(plan), times.milliseconds).map {
                TimedOperation($0, milliseconds: $1, bounds: bounds)
            },
            buffers: PlanReport.Buffer.all(plan), recording: recording, placement: placement, host: host,
            bounds: bounds,
            warnings: Warnings.find(
                Conditions(
                    measurement: measurement, schedule: schedule, placement: placement, load: load, clock: .current)))
    }
}
