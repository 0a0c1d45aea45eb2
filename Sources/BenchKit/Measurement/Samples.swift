/// The times of a measurement, in memory that is there before it begins.
///
/// Every time is kept, unless there is a stream of lines: then the latest ones are, and all are counted in a histogram.
/// What they tell is exact as long as all are still there; else percentiles are off by less than 1/2000 of themselves.
struct Samples: ~Copyable {
    /// Forwards so far.
    private(set) var count = 0
    /// Forwards that are counted and took longer than the deadline.
    private(set) var late = 0
    /// What writing lines took.
    private(set) var use = SideWork()

    private let limit: Int
    private let deadline: Double
    private let percentiles: [Percentile]
    private let stream: SampleStream?
    /// Forwards whose lines are written.
    private var written = 0
    /// Forwards that are counted; those after them are in `recent`. Counting each by itself would read memory that
    /// forwards have driven out of the caches.
    private var counted = 0
    private var recent: [Stopwatch.Reading]
    private var nanoseconds: [UInt64]
    private var all = LatencyHistogram()
    private var readings: [Stopwatch.Reading]
    private var probeReadings: [Stopwatch.Reading]
    private var undisturbed = LatencyHistogram()
    private var probes = LatencyHistogram()
    private var undisturbedProbes = LatencyHistogram()

    /// How many forwards are counted together.
    private static let recentForwards = 64

    /// How many times are kept beside a stream: whole chunks of it.
    static let keptBesideStream = 64 * SampleStream.chunk

    /// Makes room for a number of forwards.
    ///
    /// - Parameters:
    ///   - deadline: milliseconds; nil: none.
    ///   - stream: where lines go while forwards are measured; nil: nowhere.
    ///   - keepsReadings: whether it is also kept of each forward and probe whether it was disturbed.
    init(
        capacity: Int, deadline: Double? = nil, percentiles: [Percentile] = Percentile.standard,
        stream: SampleStream? = nil, keepsReadings: Bool = false
    ) {
        limit = capacity
        self.deadline = deadline ?? .infinity
        self.percentiles = percentiles
        self.stream = stream
        nanoseconds = [UInt64](
            repeating: 0, count: stream == nil ? capacity : min(capacity, Self.keptBesideStream))
        let unset = Stopwatch.Reading(nanoseconds: 0, switchedOut: false)
        recent = [Stopwatch.Reading](repeating: unset, count: Self.recentForwards)
        readings = [Stopwatch.Reading](repeating: unset, count: keepsReadings ? capacity : 0)
        probeReadings = [Stopwatch.Reading](repeating: unset, count: keepsReadings ? capacity : 0)
        // A debug build allocates at the first use of such a subscript.
        recent[0] = unset
    }

    /// Whether there is no room for another forward, or nobody who reads of it.
    var isFull: Bool { count == limit || stream?.isClosed == true }

    /// The bytes that times are kept in.
    var keptBytes: Int { nanoseconds.capacity * MemoryLayout<UInt64>.stride }

    /// Keeps the time of a forward. Allocates nothing.
    mutating func add(_ forward: Stopwatch.Reading) {
        recent[count - counted] = forward
        count += 1
        if count - counted == recent.count { countRecent() }
    }

    /// Counts the forwards that are not counted yet: must precede what tells of them. Allocates nothing.
    mutating func countRecent() {
        var first = 0
        while counted < count {
            let forward = recent[first]
            let time = forward.nanoseconds
            nanoseconds[counted % nanoseconds.count] = time
            if counted < readings.count { readings[counted] = forward }
            if Double(time) / 1e6 > deadline { late += 1 }
            if stream != nil { all.record(time) }
            if !forward.switchedOut { undisturbed.record(time) }
            counted += 1
            first += 1
        }
    }

    /// Counts the time of a probe. Allocates nothing.
    mutating func add(probe: Stopwatch.Reading) {
        let number = probeCount
        if number < probeReadings.count { probeReadings[number] = probe }
        probes.record(probe.nanoseconds)
        if !probe.switchedOut { undisturbedProbes.record(probe.nanoseconds) }
    }

    /// Writes the lines of the latest chunk, if it is whole and there is a stream. Allocates nothing; blocks on what is
    /// written to.
    ///
    /// - Throws: what writing throws.
    mutating func writeWholeChunk() throws(BenchError) {
        guard let stream, count - written == SampleStream.chunk else { return }
        countRecent()
        let (times, forwards) = (nanoseconds, written..<count)
        try use.count { () throws(BenchError) in try Self.write(times, forwards, to: stream) }
        written = count
    }

    /// Writes the lines of the forwards that are left.
    ///
    /// - Throws: what writing throws.
    mutating func writeRest() throws(BenchError) {
        countRecent()
        guard let stream else { return }
        try Self.write(nanoseconds, written..<count, to: stream)
        written = count
    }

    /// Chunks follow one another from the beginning, so that each is in one piece.
    private static func write(
        _ nanoseconds: [UInt64], _ forwards: Range<Int>, to stream: SampleStream
    ) throws(BenchError) {
        try nanoseconds.withUnsafeBufferPointer { all throws(BenchError) in
            let first = forwards.lowerBound % all.count
            try stream.write(
                UnsafeBufferPointer(rebasing: all[first..<first + forwards.count]), first: forwards.lowerBound)
        }
    }

    /// Milliseconds of every forward, in order; empty where not all are kept.
    var milliseconds: [Double] {
        precondition(counted == count)
        return count <= nanoseconds.count ? nanoseconds[..<count].map { Double($0) / 1e6 } : []
    }

    /// The forwards from a number on, where readings are kept.
    func forwards(from first: Int) -> [Stopwatch.Reading] {
        precondition(counted == count)
        return Array(readings[first..<count])
    }

    /// Probes so far.
    var probeCount: Int { Int(probes.count) }

    /// The probes from a number on, where they are kept.
    func probes(from first: Int) -> [Stopwatch.Reading] {
        Array(probeReadings[min(first, probeReadings.count)..<min(probeCount, probeReadings.count)])
    }

    /// What the forwards tell.
    ///
    /// - Precondition: there is one.
    var forwardTimings: Timings {
        let kept = milliseconds
        let binned = kept.isEmpty ? all.statistics(percentiles) : nil
        return Timings(
            latency: binned ?? Statistics(kept, percentiles: percentiles),
            switchedOut: count - Int(undisturbed.count), undisturbed: undisturbed.statistics(percentiles))
    }

    /// What the probes tell; nil if there is none.
    var probeTimings: Timings? {
        guard let latency = probes.statistics(percentiles) else { return nil }
        return Timings(
            latency: latency, switchedOut: Int(probes.count - undisturbedProbes.count),
            undisturbed: undisturbedProbes.statistics(percentiles))
    }
}
