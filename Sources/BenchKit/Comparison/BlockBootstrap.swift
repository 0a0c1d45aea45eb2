/// Intervals from resampling. What is drawn are the values of whole blocks of consecutive samples, or of whole
/// launches, never single samples: neighbours resemble each other, so that single samples would promise too much.
///
/// Random numbers are seeded: equal values always give the same interval.
struct BlockBootstrap {
    /// Resampled lists.
    var replicates = 1000

    /// The share of intervals that hold the truth.
    static let confidence = 0.99
    /// Fewer values tell nothing of their spread: the interval then holds everything.
    private static let fewestValues = 4
    /// The 99.5th percentile of the normal distribution.
    private static let normalQuantile = 2.575_829_303_548_9

    /// The interval of an estimate. A few values spread less than what they are drawn from, and a few launches tell
    /// little of their own spread: the interval is widened as Student's distribution is wider than the normal one.
    ///
    /// - Complexity: O(replicates × pairs). Allocates.
    func interval(of shift: HodgesLehmann) -> (estimate: Double, lower: Double, upper: Double) {
        let values = shift.counts.min() ?? 0
        if values < Self.fewestValues { return (shift.estimate, -.infinity, .infinity) }
        var random = SplitMix64(state: 20_261_128)
        var drawn = shift.counts.map { [Int](repeating: 0, count: $0) }
        var estimates: [Double] = []
        for _ in 0..<replicates {
            for (list, count) in shift.counts.enumerated() {
                for value in 0..<count { drawn[list][value] = 0 }
                for _ in 0..<count { drawn[list][random.number(below: count)] += 1 }
            }
            estimates.append(shift.estimate(drawn: drawn))
        }
        estimates.sort()
        let estimate = shift.estimate
        let stretch = Self.stretch(values: values)
        let tail = 50 * (1 - Self.confidence)
        return (
            estimate,
            estimate + stretch * min(0, Statistics.percentile(tail, ofSorted: estimates) - estimate),
            estimate + stretch * max(0, Statistics.percentile(100 - tail, ofSorted: estimates) - estimate)
        )
    }

    /// By what an interval from so many values is widened.
    static func stretch(values: Int) -> Double {
        let count = Double(values)
        return studentQuantile(degrees: count - 1) / normalQuantile * (count / (count - 1)).squareRoot()
    }

    /// The 99.5th percentile of Student's distribution, within one percent from three degrees of freedom on.
    ///
    /// Source: Abramowitz, Stegun 1964, 26.7.5.
    static func studentQuantile(degrees: Double) -> Double {
        let z = normalQuantile
        let (z3, z5) = (z * z * z, z * z * z * z * z)
        let (z7, z9) = (z5 * z * z, z5 * z * z * z * z)
        let terms = [
            (z3 + z) / 4, (5 * z5 + 16 * z3 + 3 * z) / 96, (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384,
            (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / 92_160,
        ]
        var (quantile, power) = (z, 1.0)
        for term in terms {
            power *= degrees
            quantile += term / power
        }
        return quantile
    }
}
