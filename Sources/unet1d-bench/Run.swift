import ArgumentParser
import BenchKit
import Checkpoint

/// `run`: loads or makes a model, plans, warms up, measures, reports.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a workload and report.",
        discussion: """
            The report begins with a verdict: how far its figures can be trusted.

            \(lists) take several values, such as 1,2 or fast,strict, and whole numbers ranges, too: 1-4, 1-9+2, \
            4096-65536*2. Every combination is a row of the report. Rows are measured in turn, slice by slice.
            Ctrl-C ends the measurement after the forward at hand; the report so far is written, with exit status 130 \
            (143 after SIGTERM).

            Examples:
              unet1d-bench run --profile hopper-h32-b1 --threads 1
              unet1d-bench run --model Profiles/Models/ecg-512 --iterations 100
              unet1d-bench run --profile value-h32-b1 --period 20 --deadline 1 \\
                  --duration 0.2 --format json
              unet1d-bench run --profile value-h32-b1 --threads 1,2 --batch 1-4*2 \\
                  --iterations 20
              unet1d-bench run --profile value-h32-b1 --against ../old/unet1d-bench
              unet1d-bench run --model path/to/checkpoint --output report.html
            """)

    @OptionGroup var source: SourceFlags
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @OptionGroup var shape: ShapeFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags
    @OptionGroup var report: ReportFlags
    @OptionGroup var schedule: ScheduleFlags
    @OptionGroup var trace: TraceFlags
    @OptionGroup var against: AgainstFlags
    @OptionGroup var limit: LimitFlags

    func run() throws {
        Interruption.endAtOnce()
        let combinations = try Combinations(
            profiles: source.profile, shape, compute, spin, report, schedule, trace,
            lookup: ModelLookup(place, config, variant))
        if combinations.points.count == 1 { try measure(combinations.points[0]) } else { try sweep(combinations) }
    }

    /// One row.
    private func measure(_ point: Combinations.Point) throws {
        let work = try Workload(
            profile: point.profile, model: source.model, flags: point.settings, library: .current)
        let settings = work.settings
        if let file = settings.resume {
            throw BenchError.option(
                name: "resume", found: file, expected: "a sweep: a flag with several values, such as --threads 1,2")
        }
        try Output.check(settings.output)
        if let other = try against.other(failSlower: limit.percent) { return try compare(with: other, point) }
        let trace = settings.trace
        try Output.check(trace, option: "trace")
        if let trace, trace == settings.output {
            throw BenchError.option(name: "trace", found: trace, expected: "another file than that of --output")
        }
        let format = try ReportFormat(named: settings.format, file: settings.output)
        let progress = Progress(quiet: settings.quiet ?? false)
        defer { progress.clear() }
        let stream = format == .jsonl ? try SampleStream(to: settings.output) : nil
        let result = try Report.measuring(work, progress: progress, stream: stream)
        if let trace, let recorded = ChromeTrace(result) { try Output.write(recorded.text, to: trace) }
        if let stream {
            try stream.finish(result)
        } else {
            try Output.write(result, as: format, to: settings.output)
        }
        if result.isInterrupted { throw ExitCode(Interruption.status) }
    }

    /// Lets this build and another take turns, and reports how they differ.
    private func compare(with other: String, _ point: Combinations.Point) throws {
        if let trace = trace.trace {
            throw BenchError.option(name: "trace", found: "\(trace) with --against", expected: "a run of one build")
        }
        let format = try ReportFormat(named: report.format, file: report.output, for: Comparison.self)
        var settings = point.settings
        (settings.format, settings.output) = (nil, nil)
        guard let program = ThisProcess.executable else {
            throw BenchError.otherBuild(program: "this build", problem: "/proc does not tell its path")
        }
        let runs = try AlternatingRuns(
            program: program, other: other, source: [("profile", point.profile), ("model", source.model)],
            settings: settings, launches: against.launches)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        guard let comparison = try runs.run(slowerLimit: limit.percent, progress: progress) else {
            throw ExitCode(Interruption.status)
        }
        try Output.write(comparison, as: format, to: report.output)
        if Interruption.isPending { throw ExitCode(Interruption.status) }
        if comparison.failed { throw ExitCode(1) }
    }

    /// Several rows.
    private func sweep(_ combinations: Combinations) throws {
        if let other = try against.other(failSlower: limit.percent) {
            throw BenchError.option(name: "against", found: "\(other) with several rows", expected: "a run of one row")
        }
        let point = combinations.points[0]
        // The first row's profile may say where reports go; a row that cannot run keeps none of the others from running.
        let work = try? Workload(
            profile: point.profile, model: source.model, flags: point.settings, library: .current)
        let settings = work?.settings ?? point.settings
        if let trace = settings.trace {
            throw BenchError.option(name: "trace", found: trace, expected: "a single row, whose forwards are recorded")
        }
        try Output.check(settings.output)
        if let file = settings.resume, file == settings.output {
            throw BenchError.option(name: "resume", found: file, expected: "another file than that of --output")
        }
        let format = try ReportFormat(named: settings.format, file: settings.output, for: Sweep.self)
        let progress = Progress(quiet: settings.quiet ?? false)
        defer { progress.clear() }
        let result = try Sweep.measuring(
            combinations, model: source.model, library: .current, state: settings.resume, progress: progress)
        try Output.write(result, as: format, to: settings.output)
        if result.isInterrupted { throw ExitCode(Interruption.status) }
    }

    private static let lists =
        (["--profile"] + Setting.all.filter(\.takesList).map { "--\($0.name)" }).joined(separator: ", ")
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

    /// The other build's program; nil where none is named.
    ///
    /// - Throws: `BenchError.option` for no name, and for flags that mean nothing without it.
    func other(failSlower percent: Double?) throws(BenchError) -> String? {
        if against == "" { throw .option(name: "against", found: "", expected: "another build's unet1d-bench") }
        if against == nil {
            for (name, value) in [("launches", launches.map(Double.init)), ("fail-slower", percent)] {
                if let value {
                    throw .option(name: name, found: "\(value)", expected: "--against beside it, or no such flag")
                }
            }
        }
        return against
    }
}
