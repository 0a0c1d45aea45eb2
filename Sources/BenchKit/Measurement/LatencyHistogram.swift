/// Counts of times in buckets whose width grows with the time: percentiles of any number of values in fixed memory.
///
/// Times below 2048 ns have a bucket each; above, every power of two is split into 1024 buckets. A percentile is the
/// middle of a bucket, so it differs from the nearest-rank percentile of the values by less than 1/2000 of it. The
/// smallest, the largest, the mean and the deviation are exact. Use it where single values need not be kept. Making one
/// allocates and touches its 440 KB; `record` does neither.
struct LatencyHistogram: ~Copyable {
    /// log₂ of the buckets in a power of two.
    private static let resolution = 10
    private static let bucketCount = (65 - resolution) << resolution

    private let counts: UnsafeMutablePointer<UInt64>
    /// Values recorded.
    private(set) var count: UInt64 = 0
    private var least = UInt64.max
    private var most: UInt64 = 0
    // Welford's recurrence: the sum of squares would lose the digits that a deviation is made of.
    private var mean = 0.0
    private var squares = 0.0

    init() {
        counts = .allocate(capacity: Self.bucketCount)
        counts.initialize(repeating: 0, count: Self.bucketCount)
    }

    deinit { counts.deallocate() }

    /// Counts a time. Allocates nothing.
    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        count += 1
        least = min(least, nanoseconds)
        most = max(most, nanoseconds)
        let value = Double(nanoseconds)
        let difference = value - mean
        mean += difference / Double(count)
        squares += difference * (value - mean)
    }

    /// The nearest-rank percentile, to the width of a bucket; 0 where nothing was recorded.
    ///
    /// - Complexity: O(buckets).
    func percentile(_ percent: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = Statistics.rank(percent, of: Int(count))
        var seen = 0
        for bucket in 0..<Self.bucketCount where counts[bucket] > 0 {
            seen += Int(counts[bucket])
            if seen >= rank { return min(most, max(least, Self.middle(of: bucket))) }
        }
        return most
    }

    /// What the times tell, in milliseconds; nil where nothing was recorded.
    func statistics(_ percentiles: [Percentile] = Percentile.standard) -> Statistics? {
        guard count > 0 else { return nil }
        func milliseconds(_ percent: Double) -> Double { Double(percentile(percent)) / 1e6 }
        return Statistics(
            count: Int(count), min: Double(least) / 1e6, mean: mean / 1e6, max: Double(most) / 1e6,
            variance: squares / 1e12, percentiles: percentiles, percentile: milliseconds)
    }

    /// Values below 2 · 1024 are their own bucket; others keep their leading eleven bits.
    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, 63 - resolution - (value | 1).leadingZeroBitCount)
        return shift << resolution + Int(value >> UInt64(shift))
    }

    private static func middle(of bucket: Int) -> UInt64 {
        let shift = UInt64(max(0, bucket >> resolution - 1))
        let leading = UInt64(bucket) - shift << UInt64(resolution)
        return leading << shift + (1 << shift) / 2
    }
}
