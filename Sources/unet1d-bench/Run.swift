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
            """)

    @OptionGroup var source: SourceFlags
    @OptionGroup var shape: ShapeFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags
    @OptionGroup var report: ReportFlags
    @OptionGroup var schedule: ScheduleFlags
    @OptionGroup var trace: TraceFlags

    func run() throws {
        let work = try Workload(
            profile: source.profile, model: source.model,
            flags: Settings(shape, compute, spin, report, schedule, trace, lookup: source.lookup.lookup),
            library: .current)
        try Output.check(work.settings.output)
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
}
