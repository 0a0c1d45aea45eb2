/// The times of a measurement, in memory that is there before it begins.
struct Samples: ~Copyable {
    /// Forwards so far.
    private(set) var count = 0
    private var nanoseconds: [UInt64]
    private var undisturbed = LatencyHistogram()
    private var probes = LatencyHistogram()
    private var undisturbedProbes = LatencyHistogram()

    /// Room for so many forwards.
    init(capacity: Int) { nanoseconds = [UInt64](repeating: 0, count: capacity) }

    /// Whether there is no room for another forward.
    var isFull: Bool { count == nanoseconds.count }

    /// Keeps the time of a forward. Allocates nothing.
    mutating func add(_ forward: Stopwatch.Reading) {
        nanoseconds[count] = forward.nanoseconds
        count += 1
        if !forward.switchedOut { undisturbed.record(forward.nanoseconds) }
    }

    /// Counts the time of a probe. Allocates nothing.
    mutating func add(probe: Stopwatch.Reading) {
        probes.record(probe.nanoseconds)
        if !probe.switchedOut { undisturbedProbes.record(probe.nanoseconds) }
    }

    /// Milliseconds of every forward, in order.
    var milliseconds: [Double] { nanoseconds[..<count].map { Double($0) / 1e6 } }

    /// What the forwards tell.
    ///
    /// - Precondition: there is one.
    var forwardTimings: Timings {
        Timings(
            latency: Statistics(milliseconds), switchedOut: count - Int(undisturbed.count),
            undisturbed: undisturbed.statistics)
    }

    /// What the probes tell; nil if there is none.
    var probeTimings: Timings? {
        guard let latency = probes.statistics else { return nil }
        return Timings(
            latency: latency, switchedOut: Int(probes.count - undisturbedProbes.count),
            undisturbed: undisturbedProbes.statistics)
    }
}
