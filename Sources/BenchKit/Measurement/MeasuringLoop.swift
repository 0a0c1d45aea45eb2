import UNet1D

/// The measured part of a run: forwards and probes until count or time end it. All memory is allocated beforehand: the
/// loop runs forwards and probes, reads clocks and counters and, between them, sleeps, evicts caches, writes lines or waits
/// for its turn as the schedule says.
struct MeasuringLoop: ~Copyable {
    private(set) var forwards: TimedForwards
    private(set) var samples: Samples
    private(set) var pace: Pace
    private(set) var ticker: Ticker
    /// Nanoseconds of all slices.
    private(set) var elapsed: UInt64 = 0
    private let schedule: Schedule
    private let fastest: UInt64

    /// - Parameters:
    ///   - fastest: nanoseconds of the fastest forward so far.
    ///   - slices: what was measured before.
    ///   - keepsReadings: whether slices are taken out of it.
    ///   - stream: where the lines of forwards go; nil: nowhere.
    init(
        _ forwards: consuming TimedForwards, schedule: Schedule, fastest: UInt64, slices: [Slice],
        keepsReadings: Bool, progress: Progress, stream: SampleStream?
    ) {
        self.forwards = forwards
        self.schedule = schedule
        self.fastest = fastest
        let measured = slices.reduce(0) { $0 + $1.forwards.count }
        samples = Samples(
            capacity: max(measured, schedule.capacity(fastest: fastest)), deadline: schedule.deadline,
            percentiles: schedule.percentiles, stream: stream, keepsReadings: keepsReadings)
        for slice in slices {
            for forward in slice.forwards { samples.add(forward) }
            samples.countRecent()
            for probe in slice.probes { samples.add(probe: probe) }
            elapsed += slice.use.elapsed
        }
        pace = Pace(period: schedule.periodNanoseconds)
        ticker = Ticker(progress: progress, iterations: schedule.iterations)
        self.forwards.restartCounts()
    }

    /// Measures: everything, or the next one of so many slices of it, a forward at least. Ctrl-C ends it after the forward
    /// at hand. Allocates nothing, unless progress is shown.
    ///
    /// - Throws: what writing to the stream throws.
    mutating func run(_ session: inout Session, slices: Int = 1) throws(BenchError) {
        let first = samples.count
        let start = Clock.now
        pace.restart()
        repeat {
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
        } while !isOver(slices, forwards: samples.count - first, nanoseconds: forwards.end - start)
        samples.countRecent()
        elapsed += Clock.now - start
    }

    /// Whether nothing is left to measure.
    var isDone: Bool { samples.isFull || isOver(after: elapsed) }

    /// The share of all forwards, or of the time, that is measured.
    var share: Double {
        let byCount = Double(samples.count) / Double(schedule.iterations ?? .max)
        let byTime = schedule.durationNanoseconds.map { Double(elapsed) / Double($0) } ?? 0
        return isDone ? 1 : min(1, max(byCount, byTime))
    }

    /// What showing the progress and writing lines took.
    var aside: (faults: UInt64, heapCalls: UInt64) {
        (ticker.use.faults + samples.use.faults, ticker.use.heapCalls + samples.use.heapCalls)
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

    private func isOver(after elapsed: UInt64) -> Bool {
        guard let limit = schedule.durationNanoseconds, samples.count >= schedule.minimum else { return false }
        return elapsed >= limit
    }

    /// Whether a slice is over that has run so many forwards for so long, or everything is.
    private func isOver(_ slices: Int, forwards: Int, nanoseconds: UInt64) -> Bool {
        if samples.isFull || isOver(after: elapsed + nanoseconds) || Interruption.isPending { return true }
        guard slices > 1 else { return false }
        if let iterations = schedule.iterations, forwards >= (iterations + slices - 1) / slices { return true }
        return schedule.durationNanoseconds.map { nanoseconds >= $0 / UInt64(slices) } ?? false
    }

    /// Runs a few forwards after others', which have filled the caches with their own, unless a forward takes so long that
    /// this tells nothing in it.
    mutating func rewarm(_ session: inout Session) {
        if fastest < 100_000_000 { forwards.rewarm(&session) }
    }

    /// Measures a load of queries; nil where none is requested.
    mutating func measureLoad(
        _ options: LoadOptions?, _ session: inout Session, service: UInt64, seed: UInt64, progress: Progress
    ) -> LoadFigures? {
        LoadFigures.measure(
            options, &session, &forwards, service: service, seed: seed, schedule: schedule, progress: progress)
    }

    /// Waits while it is another program's turn, which fills the caches with its own.
    private mutating func takeTurns(_ session: inout Session) {
        guard let turns = schedule.turns, samples.count % turns == 0 else { return }
        Turns.wait()
        forwards.rewarm(&session)
        pace.restart()
    }
}
