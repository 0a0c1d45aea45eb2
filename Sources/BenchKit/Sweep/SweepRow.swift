import UNet1D

/// A combination of values on its way to a row of a sweep.
final class SweepRow {
    let point: Combinations.Point
    /// What was measured of it.
    private(set) var slices: [Slice]
    /// Why there will be no row.
    private(set) var failure: BenchError?
    /// The row, whole or up to now.
    private(set) var report: Report?
    /// Whether `report` is whole.
    private(set) var isFinished = false
    /// What a session of it takes; nil where it failed.
    private(set) var needs: Needs?

    private var workload: Workload?
    private var run: MeasuredRun? = nil

    /// What a session of a row takes.
    struct Needs {
        /// Bytes of the model, its packed weights and the arena.
        var bytes: Int
        /// The workers that it shares with rows that need the same.
        var workers: Workers
    }

    /// Workers that rows may share, as they do not run at once.
    struct Workers: Hashable {
        var threads: Int
        /// Nil: forever.
        var spinMicroseconds: Int?
    }

    /// Checks the values and plans; `failure` says what is wrong.
    init(_ point: Combinations.Point, model: String?, library: ProfileLibrary, slices: [Slice]) {
        self.point = point
        self.slices = slices
        do throws(BenchError) {
            let workload = try Workload(
                profile: point.profile, model: model, flags: point.settings, library: library)
            let compute = try Compute(workload.settings, library: library)
            let schedule = try Schedule(workload.settings)
            _ = try LoadOptions(workload.settings)
            _ = try LoopOptions(workload.settings, model: workload.model)
            let plan = try workload.plan(try workload.model.outline(), options: compute.options)
            let floats = plan.sampleCount + plan.outputCount
            needs = Needs(
                bytes: plan.arenaBytes * (schedule.probe ? 2 : 1) + 2 * plan.weightBytes + floats * 8,
                workers: Workers(threads: compute.threads, spinMicroseconds: compute.spinMicroseconds))
            self.workload = workload
        } catch { failure = error }
    }

    /// Forwards measured so far.
    var forwards: Int { slices.reduce(0) { $0 + $1.forwards.count } }

    /// The share that is measured, as of the last slice.
    private(set) var share = 0.0

    /// Whether there is nothing left to do.
    var isOver: Bool { failure != nil || isFinished }

    /// Measures the next slice, and finishes the row where it was the last one. A failure is kept.
    ///
    /// - Parameters:
    ///   - count: how many slices there are.
    ///   - keepsSession: whether the session stays for the next slice.
    ///   - pools: workers that rows share, and what probes found of the machine with them.
    /// - Returns: the slice; nil where everything was measured before.
    func measure(
        slices count: Int, pools: SweepPools, keepsSession: Bool, progress: Progress
    ) -> Slice? {
        guard let workload, let needs, !isOver else { return nil }
        var measured: Slice?
        do throws(BenchError) {
            var run: MeasuredRun
            if let kept = self.run.take() {
                run = kept
            } else {
                let pool = try pools.pool(needs.workers, for: workload)
                run = try MeasuredRun(workload, pool: pool, slices: slices, progress: progress)
            }
            if !run.isDone {
                let slice = try run.measureSlice(of: count)
                slices.append(slice)
                measured = slice
            }
            share = run.share
            if run.isDone, !Interruption.isPending {
                let finished = try run.report(probed: pools.hosts[needs.workers])
                report = finished
                pools.hosts[needs.workers] = finished.host
                isFinished = true
            } else if keepsSession {
                self.run = consume run
            } else {
                report = run.reportSoFar()
            }
        } catch {
            failure = error
        }
        return measured
    }

    /// The row as far as it was measured, its session gone; nil where no forward was.
    func endEarly() -> Report? {
        guard failure == nil else { return nil }
        if let run = self.run.take(), run.forwards > 0 { report = run.reportSoFar() }
        if isFinished || report?.isInterrupted == true { return report }
        report?.isInterrupted = true
        report?.warnings.insert(Warnings.interruption, at: 0)
        return report
    }
}

/// The workers of a sweep's rows.
final class SweepPools {
    /// Whether workers stay for the next row that needs the same.
    let keeps: Bool
    /// What probes found of the machine with workers of a kind.
    var hosts: [SweepRow.Workers: Host] = [:]
    private var pools: [SweepRow.Workers: WorkerPool] = [:]

    init(keeps: Bool) { self.keeps = keeps }

    /// Workers of a kind.
    ///
    /// - Throws: `BenchError.library` where they cannot be started.
    func pool(_ workers: SweepRow.Workers, for workload: Workload) throws(BenchError) -> WorkerPool? {
        guard keeps else { return nil }
        if let pool = pools[workers] { return pool }
        let pool = try Compute(workload.settings, library: workload.library).makePool()
        pools[workers] = pool
        return pool
    }
}
