import Memory
import UNet1D

/// Runs forwards of a session, and a probe between them, on memory that is allocated beforehand, and times them.
struct TimedForwards: ~Copyable {
    /// The probe that alternates with the forwards.
    var probe: ForwardProbe?
    /// How often the measuring thread was found on another CPU.
    var cpuChanges: Int { stopwatch.cpuChanges }

    /// When the latest forward or probe ended.
    var end: UInt64 { stopwatch.end }

    private let sample: [Float]
    private let timestep: Timestep
    private var output: [Float]
    private let pool: WorkerPool
    private let eviction: CacheEviction?
    private var stopwatch = Stopwatch()

    /// Allocates the output and, for cold forwards, what evicts the caches.
    ///
    /// - Throws: `BenchError.eviction` where the system refuses the memory.
    init(
        _ session: borrowing Session, sample: [Float], timestep: Timestep, cold: Bool
    ) throws(BenchError) {
        self.sample = sample
        self.timestep = timestep
        output = [Float](repeating: 0, count: session.plan.outputCount)
        pool = session.pool
        do throws(MemoryError) {
            eviction = cold ? try CacheEviction(workers: session.pool.workers) : nil
        } catch { throw .eviction(error) }
    }

    /// Counts changes of CPU anew.
    mutating func restartCounts() { stopwatch = Stopwatch() }

    /// Evicts the caches, if that was requested. Allocates nothing.
    func evict() { eviction?.run(pool) }

    /// Runs one forward. Allocates nothing.
    mutating func forward(_ session: inout Session) -> Stopwatch.Reading {
        let (sample, timestep) = (sample, timestep)
        var watch = stopwatch
        var span = output.mutableSpan
        let reading = watch.time { session.forward(sample: sample.span, timestep: timestep, output: &span) }
        stopwatch = watch
        return reading
    }

    /// Runs a probe. Allocates nothing.
    mutating func run(_ probe: ForwardProbe) -> Stopwatch.Reading {
        let pool = pool
        return stopwatch.time { probe.run(pool) }
    }

    /// Runs unmeasured forwards, by default for half a second, and none where a forward takes longer than that.
    ///
    /// - Parameter fastest: nanoseconds of the fastest forward so far.
    mutating func warmUp(_ session: inout Session, forwards: Int?, fastest: inout UInt64) {
        let start = Clock.now
        for _ in 0..<(forwards ?? 100) {
            if forwards == nil, Clock.now - start + fastest > 500_000_000 { return }
            evict()
            fastest = min(fastest, forward(&session).nanoseconds)
        }
    }

    /// Makes the probe, as long as a forward.
    ///
    /// - Throws: `BenchError.probe` where the system refuses the memory.
    mutating func makeProbe(_ session: inout Session, fastest: UInt64) throws(BenchError) {
        let weights = try library { () throws(UNet1DError) in try session.packedWeights() }
        let probe: ForwardProbe
        do throws(MemoryError) {
            probe = try ForwardProbe(session.plan, weights: weights, workers: pool.workers)
        } catch { throw .probe(error) }
        let pairs = Int(max(1, min(51, 100_000_000 / max(1, fastest))))
        probe.fit(pairs: pairs, workers: pool.workers) {
            evict()
            let nanoseconds = forward(&session).nanoseconds
            evict()
            return (nanoseconds, run(probe).nanoseconds)
        }
        self.probe = probe
    }

    /// Runs forwards and probes after another program's turn, which has filled the caches with its own.
    mutating func rewarm(_ session: inout Session) {
        for _ in 0..<2 {
            _ = forward(&session)
            if let probe { _ = run(probe) }
        }
    }
}
