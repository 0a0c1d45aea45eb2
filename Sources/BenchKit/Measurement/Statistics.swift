/// What a list of times tells. Percentiles are nearest-rank: each is one of the measured values, or, of a histogram,
/// near one.
public struct Statistics: Sendable, Equatable {
    /// Values.
    public let count: Int
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
    /// The percentiles of choice, in rising order.
    public let chosen: [Chosen]

    /// A percentile of choice.
    public struct Chosen: Sendable, Equatable {
        /// Which one.
        public let percentile: Percentile
        /// Nil where there are too few values for it.
        public let value: Double?
    }

    /// - Precondition: there is a value.
    /// - Complexity: O(n log n). Allocates.
    public init(_ values: [Double], percentiles: [Percentile] = Percentile.standard) {
        precondition(!values.isEmpty)
        let sorted = values.sorted()
        let mean = values.reduce(0, +) / Double(values.count)
        self.init(
            count: values.count, min: sorted[0], mean: mean, max: sorted[sorted.count - 1],
            variance: values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }, percentiles: percentiles,
            percentile: { Self.percentile($0, ofSorted: sorted) })
    }

    /// - Parameter variance: the sum of the squared differences from the mean.
    init(
        count: Int, min: Double, mean: Double, max: Double, variance: Double, percentiles: [Percentile],
        percentile: (Double) -> Double
    ) {
        self.count = count
        self.min = min
        self.mean = mean
        self.max = max
        p50 = percentile(50)
        p90 = percentile(90)
        p99 = count >= 200 ? percentile(99) : nil
        p999 = count >= 5000 ? percentile(99.9) : nil
        stddev = count > 1 ? (variance / Double(count - 1)).squareRoot() : nil
        chosen = percentiles.map {
            Chosen(percentile: $0, value: count >= $0.leastSamples ? percentile($0.percent) : nil)
        }
    }

    /// p99 over p50: how much longer than usual one forward in a hundred takes; nil below 200 values.
    public var spread: Double? { p99.map { $0 / p50 } }

    /// p99.9 over p50; nil below 5000 values.
    public var farSpread: Double? { p999.map { $0 / p50 } }

    /// The smallest value that at least `percent` of all values do not exceed.
    public static func percentile(_ percent: Double, ofSorted sorted: [Double]) -> Double {
        sorted[rank(percent, of: sorted.count) - 1]
    }

    /// Which of `count` sorted values is the percentile, from 1.
    static func rank(_ percent: Double, of count: Int) -> Int {
        // 99.9 / 100 is above the fraction by rounding: without the slack, rank 999 of 1000 would become 1000.
        let rank = (percent / 100 * Double(count) - 1e-9).rounded(.up)
        return Swift.min(count, Swift.max(1, Int(rank)))
    }
}

extension Statistics: ReportRecord {
    /// Percentiles, mean and deviation.
    public static var fields: [Field<Statistics>] {
        [
            Field("min", \.min), Field("mean", \.mean), Field("p50", \.p50), Field("p90", \.p90), Field("p99", \.p99),
            Field("p999", \.p999), Field("max", \.max), Field("stddev", \.stddev),
        ]
    }

    /// These, and a member for each other percentile of choice.
    public var fieldValue: FieldValue {
        let members = Self.fields.values(of: self)
        let others = chosen.filter { choice in !members.contains { $0.key == choice.percentile.key } }
        return .object(members + others.map { ($0.percentile.key, $0.value.fieldValue) })
    }
}
