import Memory
import Planning
import UNet1D

extension Recording {
    /// The most forwards that are recorded.
    static let mostForwards = 20
    /// The memory and the time for them, where more than one is recorded.
    private static let mostBytes = 64 << 20
    private static let mostMilliseconds = 500.0

    /// Runs and records forwards that start as the measured ones do: as many as take half a second, at most 20, at least
    /// one. One before several warms up, and is not counted.
    ///
    /// - Parameter milliseconds: the median of a forward.
    /// - Throws: `BenchError.library` and `BenchError.eviction` where the system refuses the memory.
    static func run(
        _ session: inout Session, sample: [Float], timestep: Timestep, schedule: Schedule, milliseconds: Double
    ) throws(BenchError) -> Recording {
        let bytes = ForwardTrace.bytes(session.plan, workers: session.pool.workers, forwards: 1)
        let byTime = mostMilliseconds / max(milliseconds, schedule.period ?? 0, 1e-3)
        let count = max(1, min(mostForwards, Int(min(byTime, 1e6)), mostBytes / max(1, bytes) - 1))
        let first = count > 1 ? 1 : 0
        let trace = try library { () throws(UNet1DError) in try session.prepareTrace(forwards: first + count) }
        let eviction: CacheEviction?
        do throws(MemoryError) {
            eviction = schedule.cold ? try CacheEviction(workers: session.pool.workers) : nil
        } catch { throw .eviction(error) }
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        var pace = Pace(period: schedule.periodNanoseconds)
        for _ in 0..<first + count {
            eviction?.run(session.pool)
            pace.waitForStart()
            session.forward(sample: sample.span, timestep: timestep, output: &span, trace: trace)
        }
        return Recording(trace, from: first)
    }

    /// What is in a trace, from its forward `first` on.
    init(_ trace: ForwardTrace, from first: Int) {
        let recorded = trace.forwards
        let start = recorded[first].begin
        func microseconds(_ time: UInt64, since start: UInt64) -> Double { Double(time - start) / 1e3 }
        var timelines = recorded.map {
            Timeline(microseconds: microseconds($0.end, since: $0.begin), events: [])
        }
        for worker in 0..<trace.workers {
            for slice in trace.slices(of: worker) {
                let forward = Int(slice.forward)
                let begin = recorded[forward].begin
                timelines[forward].events.append(
                    Timeline.Event(
                        worker: worker, operation: Int(slice.operation), firstTile: Int(slice.firstTile),
                        endTile: Int(slice.endTile), startMicroseconds: microseconds(slice.begin, since: begin),
                        endMicroseconds: microseconds(slice.end, since: begin)))
            }
        }
        self.init(
            forwards: (first..<recorded.count).map {
                Forward(
                    startMicroseconds: microseconds(recorded[$0].begin, since: start), timeline: timelines[$0])
            })
    }
}
