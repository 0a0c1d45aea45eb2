import CUNet1DSystem
import Memory
public import UNet1D

/// Times of forwards, and what the process used meanwhile.
public struct Measurement: Sendable {
    /// Milliseconds of every measured forward, in order.
    public let samples: [Double]
    /// Forwards during which a thread of the process was switched out for another program.
    public let switchedOut: Int
    /// The times of the other forwards; nil if there are none.
    public let undisturbed: Statistics?
    /// The probe that alternated with the forwards; nil if none was requested.
    public let probe: ProbeFigures?
    /// What others did meanwhile; nil where the program took turns with others.
    public let interference: Interference?
    /// Milliseconds of the first forward of the session.
    public let firstForward: Double
    /// Seconds from the start of the first measured forward to the end of the last.
    public let elapsedSeconds: Double
    /// Calls of the allocator a forward; nil if nobody counts them.
    public let heapAllocationsPerForward: Double?
    /// Page faults of the process a forward, minor and major.
    public let pageFaultsPerForward: Double
    /// Periods in which no forward could start, because the one before had not ended.
    public let missedPeriods: Int
    /// The most bytes that the process had in memory, up to the end of the measurement.
    public let peakResidentBytes: Int

    /// Unmeasured forwards after somebody else's turn.
    private static let rewarming = 2

    /// Runs the first forward, the warm-up and the measurement.
    ///
    /// All memory is allocated before the measurement: its loop runs forwards and probes, reads clocks and counters
    /// and, between them, sleeps, evicts caches or waits for its turn as the schedule says.
    ///
    /// - Throws: `BenchError.probe` and, before the first forward, `BenchError.eviction`, where the system refuses the
    ///   memory.
    public init(
        _ session: inout Session, sample: [Float], timestep: Timestep, schedule: Schedule, progress: Progress
    ) throws(BenchError) {
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        let pool = session.pool
        let eviction = schedule.cold ? try Self.eviction(workers: pool.workers) : nil
        let heap = HeapCounter()
        var stopwatch = Stopwatch()

        func forward(_ session: inout Session, _ span: inout MutableSpan<Float>) -> Stopwatch.Reading {
            stopwatch.time { session.forward(sample: sample.span, timestep: timestep, output: &span) }
        }
        func run(_ probe: ForwardProbe) -> Stopwatch.Reading {
            stopwatch.time { probe.run(pool) }
        }

        progress.say("first forward")
        eviction?.run(pool)
        let first = forward(&session, &span).nanoseconds
        firstForward = Double(first) / 1e6

        progress.say("warming up")
        let warmupStart = Clock.now
        var fastest = first
        var warmups = 0
        while warmups < schedule.warmup ?? 100 {
            // By default half a second, and nothing where a forward takes longer than that.
            if schedule.warmup == nil, Clock.now - warmupStart + fastest > 500_000_000 { break }
            eviction?.run(pool)
            fastest = min(fastest, forward(&session, &span).nanoseconds)
            warmups += 1
        }
        var probe: ForwardProbe?
        if schedule.probe {
            let made = try Self.probe(session)
            made.fit(pairs: Int(max(1, min(51, 100_000_000 / max(1, fastest)))), workers: pool.workers) {
                eviction?.run(pool)
                let nanoseconds = forward(&session, &span).nanoseconds
                eviction?.run(pool)
                return (nanoseconds, run(made).nanoseconds)
            }
            probe = made
        }

        let capacity = Self.capacity(schedule, fastest: fastest)
        var times = [UInt64](repeating: 0, count: capacity)
        var undisturbed = LatencyHistogram()
        var probeTimes = LatencyHistogram()
        var undisturbedProbeTimes = LatencyHistogram()
        var ticker = Ticker(progress: progress, schedule: schedule)
        var measured = 0
        stopwatch = Stopwatch()
        let counters = SystemCounters()
        let usage = system_process_usage()
        let heapCalls = heap.calls
        let start = Clock.now
        var pace = Pace(period: schedule.periodNanoseconds)
        while measured < capacity {
            if let limit = schedule.durationNanoseconds, measured >= schedule.minimum, Clock.now - start >= limit {
                break
            }
            if let turns = schedule.turns, measured % turns == 0 {
                Turns.wait()
                for _ in 0..<Self.rewarming {
                    _ = forward(&session, &span)
                    if let probe { _ = run(probe) }
                }
                pace.restart()
            }
            eviction?.run(pool)
            pace.waitForStart()
            let reading = forward(&session, &span)
            times[measured] = reading.nanoseconds
            if !reading.switchedOut { undisturbed.record(reading.nanoseconds) }
            measured += 1
            if let probe {
                eviction?.run(pool)
                pace.waitBetweenStarts()
                let reading = run(probe)
                probeTimes.record(reading.nanoseconds)
                if !reading.switchedOut { undisturbedProbeTimes.record(reading.nanoseconds) }
            }
            ticker.tick(measured, heap: heap)
        }
        elapsedSeconds = Double(Clock.now - start) / 1e9
        let heapEnd = heap.calls
        let used = system_process_usage()
        let countersEnd = SystemCounters()
        progress.clear()

        samples = times[..<measured].map { Double($0) / 1e6 }
        switchedOut = measured - Int(undisturbed.count)
        self.undisturbed = undisturbed.statistics
        if let probe, let latency = probeTimes.statistics {
            self.probe = ProbeFigures(
                latency: latency, switchedOut: Int(probeTimes.count - undisturbedProbeTimes.count),
                undisturbed: undisturbedProbeTimes.statistics, bytes: probe.bytes, multiplyAdds: probe.multiplyAdds)
        } else {
            self.probe = nil
        }
        interference =
            schedule.turns == nil
            ? Interference(from: counters, to: countersEnd, cpuChanges: stopwatch.cpuChanges) : nil
        missedPeriods = pace.missed
        peakResidentBytes = Int(used.peak_resident_bytes)
        let faults = used.minor_faults + used.major_faults - usage.minor_faults - usage.major_faults
        pageFaultsPerForward = Double(faults - min(faults, ticker.faults)) / Double(measured)
        if let heapCalls, let heapEnd {
            let calls = heapEnd - heapCalls
            heapAllocationsPerForward = Double(calls - min(calls, ticker.heapCalls)) / Double(measured)
        } else {
            heapAllocationsPerForward = nil
        }
    }

    private static func eviction(workers: Int) throws(BenchError) -> CacheEviction {
        do throws(MemoryError) { return try CacheEviction(workers: workers) } catch { throw .eviction(error) }
    }

    private static func probe(_ session: borrowing Session) throws(BenchError) -> ForwardProbe {
        let weights = try library { () throws(UNet1DError) in try session.packedWeights() }
        do throws(MemoryError) {
            return try ForwardProbe(session.plan, weights: weights, workers: session.pool.workers)
        } catch { throw .probe(error) }
    }

    /// The number of forwards to make room for: the requested count, or the number that fits in the time even if they
    /// become faster.
    private static func capacity(_ schedule: Schedule, fastest: UInt64) -> Int {
        let most = schedule.iterations ?? Schedule.mostIterations
        guard let duration = schedule.durationNanoseconds else { return most }
        let interval = max(fastest / 4, schedule.periodNanoseconds ?? 1, 1)
        return min(most, Int(duration / interval) + 16)
    }
}

/// What the probe measured of the machine.
public struct ProbeFigures: Sendable, Equatable {
    /// The latency of all probes.
    public var latency: Statistics
    /// Probes during which a thread of the process was switched out.
    public var switchedOut: Int
    /// The latency of the other probes; nil if there are none.
    public var undisturbed: Statistics?
    /// Bytes that it streamed.
    public var bytes: Int
    /// Multiply-adds on what it streamed.
    public var multiplyAdds: Int
}
