import ArgumentParser
import BenchKit

/// `run`: loads or makes a model, plans, warms up, measures, reports.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a workload and report.",
        discussion: """
            The report begins with a verdict: how far its figures can be trusted.

            Examples:
              unet1d-bench run --profile hopper-h32-b1 --threads 1
              unet1d-bench run --model Profiles/Models/ecg-512 --iterations 100
              unet1d-bench run --profile value-h32-b1 --period 20 --deadline 1 \\
                  --duration 0.2 --format json
              unet1d-bench run --profile value-h32-b1 --threads 1 --against ../before/unet1d-bench
            """)

    @OptionGroup var source: SourceFlags
    @OptionGroup var shape: ShapeFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags
    @OptionGroup var report: ReportFlags
    @OptionGroup var schedule: ScheduleFlags
    @OptionGroup var trace: TraceFlags
    @OptionGroup var against: AgainstFlags

    func run() throws {
        let work = try Workload(
            profile: source.profile, model: source.model,
            flags: Settings(shape, compute, spin, report, schedule, trace, lookup: source.lookup.lookup),
            library: .current)
        try Output.check(work.settings.output)
        if let other = try against.other() { return try compare(with: other) }
        let trace = work.settings.trace
        try Output.check(trace, option: "trace")
        if let trace, trace == work.settings.output {
            throw BenchError.option(name: "trace", found: trace, expected: "another file than that of --output")
        }
        let format = try ReportFormat(named: work.settings.format)
        let progress = Progress(quiet: work.settings.quiet ?? false)
        defer { progress.clear() }
        let stream = format == .jsonl ? try SampleStream(to: work.settings.output) : nil
        let result = try Report.measuring(work, progress: progress, stream: stream)
        if let trace, let recorded = ChromeTrace(result) { try Output.write(recorded.text, to: trace) }
        if let stream {
            try stream.finish(result)
        } else {
            try Output.write(result, as: format, to: work.settings.output)
        }
    }

    /// Lets this build and another take turns, and reports how they differ.
    private func compare(with other: String) throws {
        if let trace = trace.trace {
            throw BenchError.option(name: "trace", found: "\(trace) with --against", expected: "a run of one build")
        }
        let format = try ReportFormat(named: report.format, for: Comparison.self)
        let settings = Settings(shape, compute, spin, schedule, lookup: source.lookup.lookup)
        guard let program = ThisProcess.executable else {
            throw BenchError.otherBuild(program: "this build", problem: "/proc does not tell its path")
        }
        let runs = try AlternatingRuns(
            program: program, other: other, source: [("profile", source.profile), ("model", source.model)],
            settings: settings, launches: against.launches)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        let comparison = try runs.run(slowerLimit: against.limit.percent, progress: progress)
        try Output.write(comparison, as: format, to: report.output)
        if comparison.failed { throw ExitCode(1) }
    }
}

/// The build that a run takes turns with.
struct AgainstFlags: ParsableArguments {
    @Option(
        help: """
            Another build's unet1d-bench: both take turns, each as a process of its own and with the same flags, and the report \
            compares them; the other one is the base.
            """)
    var against: String?
    @Option(
        parsing: .unconditional,
        help: """
            With --against: how often each build is started; default: \(AlternatingRuns.defaultLaunches). Below \
            \(AlternatingRuns.fewestLaunches) small differences are not shown.
            """)
    var launches: Int?
    @OptionGroup var limit: LimitFlags

    /// The other build's program; nil where none is named.
    ///
    /// - Throws: `BenchError.option` for no name, and for flags that mean nothing without it.
    func other() throws(BenchError) -> String? {
        let percent = try limit.percent
        if against == "" { throw .option(name: "against", found: "", expected: "another build's unet1d-bench") }
        if against == nil {
            for (name, value) in [("launches", launches.map(Double.init)), ("fail-slower", percent)] {
                if let value {
                    throw .option(name: name, found: "\(value)", expected: "no such flag without --against")
                }
            }
        }
        return against
    }
}
