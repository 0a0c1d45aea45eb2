@testable import BenchKit
import Testing

/// What a report says first.
@Suite struct VerdictTests {
    private static let build = Warning(text: "a debug build", advice: "build for release", kind: .build)
    private static let short = Warning(text: "only 4 forwards measured", advice: "measure more", kind: .extent)
    private static let busy = Warning(text: "others kept 1 CPU busy", advice: "stop them", kind: .noise)
    private static let other = Warning(text: "the clock rate may rise", advice: "turn boost off")

    /// A thousand forwards of a millisecond, of which some take longer.
    private static func times(slow: Int, _ milliseconds: Double) -> Statistics {
        Statistics((0..<1000).map { $0 < slow ? milliseconds : 1 })
    }

    private static let steady = Timings(latency: times(slow: 5, 3), switchedOut: 0)
    private static let tenth = Timings(latency: times(slow: 200, 1.25), switchedOut: 0)
    private static let hundredth = Timings(latency: times(slow: 20, 2), switchedOut: 0)
    private static let disturbed = Timings(
        latency: times(slow: 200, 1.25), switchedOut: 200, undisturbed: times(slow: 0, 1))

    private static let cases: [(forwards: Timings, probe: Timings?, warnings: [Warning], sentence: String)] = [
        (steady, nil, [], "steady: nine forwards in ten took at most 1.00 times the median; the median of 1.000 ms"),
        (steady, nil, [other], "steady: nine forwards in ten took at most 1.00 times the median; the"),
        (steady, nil, [busy], "steady: nine forwards in ten took at most 1.00 times the median, although others kept"),
        (steady, nil, [busy, short, build], "debug: a debug build; build for release"),
        (tenth, nil, [busy, short], "short: only 4 forwards measured; take them for a first guess, and measure more"),
        (
            tenth, nil, [],
            "noisy: one forward in ten took over 1.25 times the median; the time on a quiet machine is between the "
                + "fastest and the median, 1.000 to 1.000 ms; --probe tells whether"
        ),
        (tenth, nil, [other, busy], "noisy: one forward in ten took over 1.25 times the median, and others kept"),
        (tenth, steady, [], "while the machine's probe was steady: forwards vary by themselves"),
        (tenth, tenth, [], "and the machine's probe varied, too; the time on a quiet machine"),
        (disturbed, nil, [busy], "undisturbed forwards are steady: read their row; stop them"),
        (hundredth, nil, [], "steady: "),
        (
            hundredth, nil, [busy],
            "noisy: one forward in a hundred took over 2.00 times the median, and others kept 1 CPU busy; the median of "
                + "1.000 ms holds, but p99 and beyond are the machine's; stop them"
        ),
    ]

    @Test(arguments: cases.indices) func aReportSaysWhatToMakeOfIt(index: Int) {
        let (forwards, probe, warnings, sentence) = Self.cases[index]
        let verdict = Verdict(forwards, probe: probe, warnings)
        #expect(verdict.sentence.contains(sentence), "\(verdict.sentence)")
        #expect(verdict.sentence.hasPrefix(verdict.grade.rawValue + ": ") && !verdict.sentence.contains("\n"))
    }

    @Test(arguments: [(9, false), (10, true)]) func fewUndisturbedForwardsHaveNoRow(count: Int, hasRow: Bool) {
        var report = FixedReports.run
        report.measurement.forwards = Timings(
            latency: Statistics([Double](repeating: 1, count: 100)), switchedOut: 100 - count,
            undisturbed: Statistics([Double](repeating: 1, count: count)))
        let text = TextReport().text(report)
        #expect(text.contains("\nundisturbed ") == hasRow)
        #expect(text.contains("in \(100 - count) forwards; fewer than 10 were undisturbed") != hasRow)
        #expect((report.measurement.forwards.undisturbed != nil) == hasRow)
    }
}
