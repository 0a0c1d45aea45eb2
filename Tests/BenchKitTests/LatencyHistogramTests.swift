@testable import BenchKit
import Foundation
import Testing

@Suite struct LatencyHistogramTests {
    /// Shapes of times: what forwards look like, and what buckets may get wrong.
    private static let shapes: [(name: String, value: @Sendable (Int, inout SystemRandomNumberGenerator) -> UInt64)] = [
        ("small", { index, _ in UInt64(index % 3000) }),
        ("equal", { _, _ in 247_311 }),
        ("uniform", { _, random in .random(in: 200_000...300_000, using: &random) }),
        (
            "a tail",
            { index, random in
                UInt64(240_000 * Double.random(in: 1...1.1, using: &random) * (index % 100 == 0 ? 20 : 1))
            }
        ),
        ("every octave", { index, random in UInt64(exp2(Double.random(in: 0...62, using: &random))) }),
    ]

    @Test(arguments: shapes.indices, [1, 2, 199, 200, 5000, 100_000])
    func percentilesAreThoseOfTheSortedValues(shape: Int, count: Int) throws {
        var random = SystemRandomNumberGenerator()
        let values = (0..<count).map { Self.shapes[shape].value($0, &random) }
        var histogram = LatencyHistogram()
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for percent in [0, 1, 10, 50, 90, 99, 99.9, 99.99, 100] {
            let exact = sorted[Statistics.rank(percent, of: count) - 1]
            let found = histogram.percentile(percent)
            #expect(abs(Double(found) - Double(exact)) <= Double(exact) / 2000, "p\(percent): \(found), exact \(exact)")
        }
        let found = histogram.statistics()
        let statistics = try #require(found)
        let exact = Statistics(values.map { Double($0) / 1e6 })
        #expect(statistics.count == count && statistics.min == exact.min && statistics.max == exact.max)
        #expect(abs(statistics.mean - exact.mean) <= 1e-9 * exact.mean)
        #expect((statistics.stddev == nil) == (exact.stddev == nil))
        #expect(abs((statistics.stddev ?? 0) - (exact.stddev ?? 0)) <= 1e-6 * exact.max)
        #expect((statistics.p99 == nil) == (count < 200) && (statistics.p999 == nil) == (count < 5000))
    }

    @Test func valuesBelow2048AreTheirOwnBuckets() {
        for value in UInt64(0)..<2048 {
            var histogram = LatencyHistogram()
            // A second value, so that the result is not cut to the range of one.
            histogram.record(value)
            histogram.record(1 << 40)
            let found = histogram.percentile(50)
            #expect(found == value)
        }
    }

    @Test(arguments: [0, 1, 2047, 2048, 2049, 4095, 4096, UInt64.max / 2, .max - 1, .max] as [UInt64])
    func everyTimeHasABucket(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(value)
        let (found, count) = (histogram.percentile(50), histogram.count)
        #expect(found == value && count == 1)
    }

    @Test func nothingRecorded() {
        let histogram = LatencyHistogram()
        let isEmpty = histogram.statistics() == nil
        #expect(isEmpty)
    }
}
