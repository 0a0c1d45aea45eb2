import UNet1D

/// The measured part of a run: forwards and probes until count or time end it. All memory is allocated beforehand: the
/// loop runs forwards and probes, reads clocks and counters and, between them, sleeps, evicts caches, writes lines or waits
/// for its turn as the schedule says.
struct MeasuringLoop: ~Copyable {
    private(set) var forwards: TimedForwards
    private(set) var samples: Samples
    private(set) var pace: Pace
    private(set) var ticker: Ticker
    private let schedule: Schedule

    /// - Parameters:
    ///   - fastest: nanoseconds of the fastest forward so far.
    ///   - stream: where the lines of forwards go; nil: nowhere.
    init(
        _ forwards: consuming TimedForwards, schedule: Schedule, fastest: UInt64, progress: Progress,
        stream: SampleStream?
    ) {
        self.forwards = forwards
        self.schedule = schedule
        samples = Samples(
            capacity: schedule.capacity(fastest: fastest), deadline: schedule.deadline,
            percentiles: schedule.percentiles, stream: stream)
        pace = Pace(period: schedule.periodNanoseconds)
        ticker = Ticker(progress: progress, iterations: schedule.iterations)
        self.forwards.restartCounts()
    }

    /// Measures. Allocates nothing, unless progress is shown.
    ///
    /// - Throws: what writing to the stream throws.
    mutating func run(_ session: inout Session) throws(BenchError) {
        let start = Clock.now
        pace.restart()
        while !samples.isFull, !isOver(since: start) {
            takeTurns(&session)
            forwards.evict()
            pace.waitForStart()
            samples.add(forwards.forward(&session))
            if let probe = forwards.probe {
                forwards.evict()
                pace.waitBetweenStarts()
                samples.add(probe: forwards.run(probe))
            }
            try samples.writeWholeChunk()
            ticker.tick(samples.count)
        }
    }

    /// Writes the lines that are left.
    ///
    /// - Throws: what writing to the stream throws.
    mutating func writeRest() throws(BenchError) { try samples.writeRest() }

    /// What the probe measured; nil if there is none.
    var probeFigures: ProbeFigures? {
        guard let probe = forwards.probe, let timings = samples.probeTimings else { return nil }
        return ProbeFigures(timings: timings, bytes: probe.bytes, multiplyAdds: probe.multiplyAdds)
    }

    private func isOver(since start: UInt64) -> Bool {
        guard let limit = schedule.durationNanoseconds, samples.count >= schedule.minimum else { return false }
        return Clock.now - start >= limit
    }

    /// Waits while it is another program's turn, which fills the caches with its own.
    private mutating func takeTurns(_ session: inout Session) {
        guard let turns = schedule.turns, samples.count % turns == 0 else { return }
        Turns.wait()
        forwards.rewarm(&session)
        pace.restart()
    }
}
