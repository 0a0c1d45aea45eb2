import ArgumentParser
import BenchKit

/// `run`: loads or makes a model, plans, warms up, measures, reports.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure a workload and report.")

    @OptionGroup var source: SourceFlags
    @OptionGroup var shape: ShapeFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags
    @OptionGroup var report: ReportFlags
    @OptionGroup var schedule: ScheduleFlags
    // The name is reserved; until there are traces, whoever asks for one is told what there is.
    @Option(help: .hidden) var trace: String?

    func run() throws {
        if let trace {
            throw BenchError.unavailable(name: "trace", found: trace, available: "the report lists times by operation")
        }
        let work = try Workload(
            profile: source.profile, model: source.model,
            flags: Settings(shape, compute, spin, report, schedule, lookup: source.lookup.lookup), library: .current)
        try Output.check(work.settings.output)
        let writer = try ReportFormat(named: work.settings.format).writer
        let progress = Progress(quiet: work.settings.quiet ?? false)
        defer { progress.clear() }
        let result = try Report.measuring(work, progress: progress)
        try Output.write(writer.text(result), to: work.settings.output)
    }
}
