import ArgumentParser
import BenchKit

/// `compare`: reports of other builds or settings beside that of a base.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare reports: ratio and shift with intervals; exit 1 where --fail-slower is exceeded.",
        discussion: """
            Takes what run --format json writes, or folders of such reports of several launches. It says faster or slower \
            only where the interval of the ratio, noise included, does not hold 1. Two single reports show large \
            differences only; run --against lets two builds take turns and shows small ones. Unclear is said where runs \
            vary too much to tell.

            Examples:
              unet1d-bench run --profile value-h32-b1 --iterations 200 --output base.json
              unet1d-bench run --profile value-h32-b1 --iterations 200 --threads 1 \\
                  --output new.json
              unet1d-bench compare base.json new.json --format markdown
            """)

    @Argument(help: "The report, or folder of reports, that the others are compared with.")
    var base: String
    @Argument(help: "The others.")
    var new: [String]
    @OptionGroup var limit: LimitFlags
    @Flag(help: "Compare different models, shapes, precisions or machines, too.")
    var force = false
    @OptionGroup var report: ReportFlags
    @Flag(help: .setting(\.quiet)) var quiet = false

    func run() throws {
        let format = try ReportFormat(named: report.format, file: report.output, for: Comparison.self)
        try Output.check(report.output)
        let limit = try limit.percent
        let base = try ComparedRun(path: base)
        let others = try new.map { path throws(BenchError) in try ComparedRun(path: path) }
        let comparison = try Comparison(base: base, others: others, slowerLimit: limit, force: force)
        try Output.write(comparison, as: format, to: report.output)
        if comparison.failed { throw ExitCode(1) }
    }
}

/// How much slower a run may be.
struct LimitFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: """
            Exit 1 where a run is slower than the base by more than so many percent with confidence: where the near end of \
            the interval lies beyond.
            """)
    var failSlower: Double?

    /// The percentage, checked.
    var percent: Double? {
        get throws(BenchError) {
            guard let failSlower else { return nil }
            guard failSlower >= 0, failSlower <= 1e6 else {
                throw .option(name: "fail-slower", found: "\(failSlower)", expected: "a percentage, 0 or more")
            }
            return failSlower
        }
    }
}
