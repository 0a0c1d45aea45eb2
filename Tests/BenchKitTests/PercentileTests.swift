@testable import BenchKit
import Foundation
import Testing

@Suite struct PercentileTests {
    @Test(arguments: [
        ("50", "p50", "p50", 1, 7), ("90", "p90", "p90", 44, 44), ("99", "p99", "p99", 200, 459),
        ("99.9", "p99.9", "p999", 5000, 5000), ("99.99", "p99.99", "p9999", 46_050, 46_050),
        ("99.9999", "p99.9999", "p999999", 4_605_168, 4_605_168), ("5", "p5", "p05", 90, 90),
        ("0.5", "p0.5", "p005", 919, 919), ("9.99", "p9.99", "p0999", 44, 44), ("75.50", "p75.5", "p755", 17, 17),
    ])
    func namesAndSamples(text: String, label: String, key: String, least: Int, needed: Int) throws {
        let percentile = try #require(Percentile(text))
        #expect(percentile.label == label && percentile.key == key)
        #expect(percentile.leastSamples == least && percentile.samplesNeeded == needed)
    }

    /// The least n for which the greatest of n samples exceeds the quantile with 99 % confidence.
    @Test(arguments: ["60", "90", "95", "99.5", "99.99"]) func confidenceIsReachedAndNotBefore(text: String) throws {
        let percentile = try #require(Percentile(text))
        let quantile = percentile.percent / 100
        #expect(1 - pow(quantile, Double(percentile.samplesNeeded)) >= 0.99)
        #expect(1 - pow(quantile, Double(percentile.samplesNeeded - 1)) < 0.99)
    }

    @Test func listsAreSortedAndHaveEachOnce() throws {
        #expect(try Percentile.list("99.9, 50,50.0").map(\.label) == ["p50", "p99.9"])
        #expect(try Percentile.list(nil).map(\.label) == ["p50", "p90", "p99", "p99.9"])
    }

    @Test(arguments: ["", "50,", "0", "100", "-1", "1e1", "nan", "99.99999", ".5", "5.", "0x10", "50;90", "1.2.3"])
    func otherListsAreRefused(text: String) { #expect(throws: BenchError.self) { try Percentile.list(text) } }

    @Test func whatFewSamplesTellIsGiven() throws {
        let statistics = Statistics((0..<50).map(Double.init), percentiles: try Percentile.list("10,50,90,99.99"))
        #expect(statistics.chosen.map(\.value) == [4, 24, 44, nil])
        #expect(statistics.samplesNeeded == "99 % confidence needs 46050 forwards for p99.99")
        let json = statistics.fieldValue.compactJSON
        #expect(json.hasSuffix(#""max":49,"stddev":14.577379737113251,"p10":4,"p9999":null}"#), "\(json)")
    }
}
