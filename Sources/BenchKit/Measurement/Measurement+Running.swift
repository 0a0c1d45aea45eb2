public import UNet1D

extension Measurement {
    /// Runs the first forward, the warm-up and the measurement.
    ///
    /// - Parameter stream: where the lines of forwards go meanwhile; nil: nowhere.
    /// - Throws: `BenchError.probe` and, before the first forward, `BenchError.eviction`, where the system refuses the
    ///   memory; what writing to the stream throws.
    public static func run(
        _ session: inout Session, sample: [Float], timestep: Timestep, schedule: Schedule, progress: Progress,
        stream: SampleStream? = nil
    ) throws(BenchError) -> Measurement {
        var forwards = try TimedForwards(session, sample: sample, timestep: timestep, cold: schedule.cold)
        progress.say("first forward")
        forwards.evict()
        let first = forwards.forward(&session).nanoseconds
        progress.say("warming up")
        var fastest = first
        forwards.warmUp(&session, forwards: schedule.warmup, fastest: &fastest)
        if schedule.probe { try forwards.makeProbe(&session, fastest: fastest) }

        var loop = MeasuringLoop(forwards, schedule: schedule, fastest: fastest, progress: progress, stream: stream)
        let counters = SystemCounters()
        let use = ProcessUse()
        let start = Clock.now
        try loop.run(&session)
        let elapsed = Clock.now - start
        let useAfter = ProcessUse()
        let countersAfter = SystemCounters()
        progress.clear()
        try loop.writeRest()

        // What showing the progress and writing lines took is not the forwards'.
        let used = useAfter.since(use)
        let (shown, written) = (loop.ticker.use, loop.samples.use)
        let count = Double(loop.samples.count)
        let faults = used.faults - min(used.faults, shown.faults + written.faults)
        let heapCalls = used.heapCalls.map { $0 - min($0, shown.heapCalls + written.heapCalls) }
        return Measurement(
            samples: loop.samples.milliseconds, forwards: loop.samples.forwardTimings,
            probe: loop.probeFigures,
            interference: schedule.turns == nil
                ? Interference(from: counters, to: countersAfter, cpuChanges: loop.forwards.cpuChanges) : nil,
            firstForward: Double(first) / 1e6, elapsedSeconds: Double(elapsed) / 1e9,
            heapAllocationsPerForward: heapCalls.map { Double($0) / count },
            pageFaultsPerForward: Double(faults) / count, missedPeriods: loop.pace.missed,
            peakResidentBytes: useAfter.peakResidentBytes, lateForwards: loop.samples.late)
    }
}
