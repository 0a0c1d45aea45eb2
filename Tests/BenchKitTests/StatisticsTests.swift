@testable import BenchKit
import Testing

@Suite struct StatisticsTests {
    @Test(arguments: [
        (50.0, 5.0), (90, 9), (99, 10), (10, 1), (10.1, 2), (0, 1), (100, 10),
    ])
    func percentilesAreMeasuredValues(percent: Double, expected: Double) {
        #expect(Statistics.percentile(percent, ofSorted: (1...10).map(Double.init)) == expected)
    }

    @Test func ranksDoNotSufferFromRounding() {
        #expect(Statistics.percentile(99.9, ofSorted: (1...1000).map(Double.init)) == 999)
    }

    @Test(arguments: [
        (1, false, false), (199, false, false), (200, true, false), (4999, true, false), (5000, true, true),
    ])
    func highPercentilesNeedEnoughValues(count: Int, p99: Bool, p999: Bool) {
        let statistics = Statistics((0..<count).map(Double.init))
        #expect((statistics.p99 != nil) == p99)
        #expect((statistics.p999 != nil) == p999)
    }

    @Test func figuresOfAList() {
        let statistics = Statistics([4, 2, 6])
        #expect(statistics.min == 2)
        #expect(statistics.max == 6)
        #expect(statistics.mean == 4)
        #expect(statistics.p50 == 4)
        #expect(statistics.stddev == 2)
        #expect(Statistics([3]).stddev == nil)
    }

    @Test(arguments: [
        (1.0, 3, "1.000"), (0.0005, 3, "0.001"), (-1.25, 1, "-1.3"), (12.04, 1, "12.0"), (0, 0, "0"),
        (-0.0001, 2, "0.00"),
    ])
    func fixedDecimals(value: Double, digits: Int, text: String) {
        #expect(Figures.fixed(value, digits) == text)
    }

    @Test(arguments: [(512, "512 B"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"), (3 << 29, "1.50 GiB")])
    func sizes(bytes: Int, text: String) { #expect(Figures.bytes(bytes) == text) }
}
