import Arena
import CUNet1DSystem
public import UNet1D

/// Times of forwards, and what the process used meanwhile.
public struct Measurement: Sendable {
    /// Milliseconds of every measured forward, in order.
    public let samples: [Double]
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

    /// Runs the first forward, the warm-up and the measurement.
    ///
    /// All memory is allocated before the measurement: its loop runs forwards, reads clocks and, between forwards, sleeps or
    /// evicts caches as the schedule says.
    ///
    /// - Throws: `BenchError.eviction` before the first forward, where the system refuses the memory that evicts caches.
    public init(
        _ session: inout Session, sample: [Float], timestep: Timestep, schedule: Schedule, progress: Progress
    ) throws(BenchError) {
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        let pool = session.pool
        let eviction = schedule.cold ? try Self.eviction(workers: pool.workers) : nil
        let heap = HeapCounter()

        /// One forward, in nanoseconds.
        func forward(_ session: inout Session, _ span: inout MutableSpan<Float>) -> UInt64 {
            let start = Clock.now
            session.forward(sample: sample.span, timestep: timestep, output: &span)
            return Clock.now - start
        }

        progress.say("first forward")
        eviction?.run(pool)
        let first = forward(&session, &span)
        firstForward = Double(first) / 1e6

        progress.say("warming up")
        let warmupStart = Clock.now
        var fastest = first
        var warmups = 0
        while warmups < schedule.warmup ?? 100 {
            // Without a wish: half a second, and nothing where a forward takes longer than that.
            if schedule.warmup == nil, Clock.now - warmupStart + fastest > 500_000_000 { break }
            eviction?.run(pool)
            fastest = min(fastest, forward(&session, &span))
            warmups += 1
        }

        let capacity = Self.capacity(schedule, fastest: fastest)
        var times = [UInt64](repeating: 0, count: capacity)
        var ticker = Ticker(progress: progress, schedule: schedule)
        var missed = 0
        var measured = 0
        let usage = system_process_usage()
        let heapCalls = heap.calls
        let start = Clock.now
        var next = start
        while measured < capacity {
            if let limit = schedule.durationNanoseconds, measured >= schedule.minimum, Clock.now - start >= limit {
                break
            }
            eviction?.run(pool)
            if let period = schedule.periodNanoseconds {
                let now = Clock.now
                if next < now, measured > 0 {
                    let late = (now - next + period - 1) / period
                    missed += Int(late)
                    next += late * period
                }
                Clock.sleep(until: next)
                next += period
            }
            times[measured] = forward(&session, &span)
            measured += 1
            ticker.tick(measured, heap: heap)
        }
        elapsedSeconds = Double(Clock.now - start) / 1e9
        let heapEnd = heap.calls
        let used = system_process_usage()
        progress.clear()

        samples = times[..<measured].map { Double($0) / 1e6 }
        missedPeriods = missed
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
        do throws(ArenaError) { return try CacheEviction(workers: workers) } catch { throw .eviction(error) }
    }

    /// Forwards for which there is room: the count asked for, or as many as fit in the time even if they become faster.
    private static func capacity(_ schedule: Schedule, fastest: UInt64) -> Int {
        let most = schedule.iterations ?? Schedule.mostIterations
        guard let duration = schedule.durationNanoseconds else { return most }
        let interval = max(fastest / 4, schedule.periodNanoseconds ?? 1, 1)
        return min(most, Int(duration / interval) + 16)
    }
}

/// Shows how far a measurement is, a few times a second, and keeps account of what that costs.
private struct Ticker {
    let progress: Progress
    let schedule: Schedule
    var last = Clock.now
    var heapCalls: UInt64 = 0
    var faults: UInt64 = 0

    init(progress: Progress, schedule: Schedule) {
        self.progress = progress
        self.schedule = schedule
    }

    mutating func tick(_ done: Int, heap: HeapCounter) {
        guard progress.isShown, Clock.now - last > 200_000_000 else { return }
        let before = system_process_usage()
        let calls = heap.calls ?? 0
        progress.say("measuring \(done)" + (schedule.iterations.map { "/\($0)" } ?? ""))
        let after = system_process_usage()
        heapCalls += (heap.calls ?? 0) - calls
        faults += after.minor_faults + after.major_faults - before.minor_faults - before.major_faults
        last = Clock.now
    }
}
