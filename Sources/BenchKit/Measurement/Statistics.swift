/// What a list of times tells. Percentiles are nearest-rank: each is one of the measured values.
public struct Statistics: Sendable, Equatable {
    /// The smallest.
    public let min: Double
    /// The arithmetic mean.
    public let mean: Double
    /// The median.
    public let p50: Double
    /// Nine in ten are at most this.
    public let p90: Double
    /// Nil below 200 values.
    public let p99: Double?
    /// Nil below 5000 values.
    public let p999: Double?
    /// The largest.
    public let max: Double
    /// The sample's standard deviation; nil for a single value.
    public let stddev: Double?

    /// - Precondition: there is a value.
    /// - Complexity: O(n log n). Allocates.
    public init(_ values: [Double]) {
        precondition(!values.isEmpty)
        let sorted = values.sorted()
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        min = sorted[0]
        max = sorted[sorted.count - 1]
        self.mean = mean
        p50 = Self.percentile(50, ofSorted: sorted)
        p90 = Self.percentile(90, ofSorted: sorted)
        p99 = values.count >= 200 ? Self.percentile(99, ofSorted: sorted) : nil
        p999 = values.count >= 5000 ? Self.percentile(99.9, ofSorted: sorted) : nil
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        stddev = values.count > 1 ? (squares / (count - 1)).squareRoot() : nil
    }

    /// The smallest value that at least `percent` of all values do not exceed.
    public static func percentile(_ percent: Double, ofSorted sorted: [Double]) -> Double {
        // 99.9 / 100 is above the fraction by rounding: without the slack, rank 999 of 1000 would become 1000.
        let rank = (percent / 100 * Double(sorted.count) - 1e-9).rounded(.up)
        return sorted[Swift.min(sorted.count, Swift.max(1, Int(rank))) - 1]
    }
}
