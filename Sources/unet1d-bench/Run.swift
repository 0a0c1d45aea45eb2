import ArgumentParser
import BenchKit

/// `run`: loads or makes a model, plans, warms up, measures, reports.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure a workload and report.")

    @OptionGroup var workload: WorkloadFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags
    @OptionGroup var report: ReportFlags
    @Option(parsing: .unconditional, help: "Forwards before the measurement.")
    var warmup: Int?
    @Option(parsing: .unconditional, help: "Forwards to measure.")
    var iterations: Int?
    @Option(parsing: .unconditional, help: "Seconds to measure.")
    var duration: Double?
    @Option(parsing: .unconditional, help: "Milliseconds from the start of a forward to that of the next.")
    var period: Double?
    @Flag(help: "Evict the last-level cache before each forward.")
    var cold = false
    @Option(parsing: .unconditional, help: "Milliseconds; forwards that took longer are counted.")
    var deadline: Double?
    @Flag(help: "Alternate with a probe of the machine's own noise: as long, as many bytes and multiply-adds.")
    var probe = false
    @Option(
        parsing: .unconditional,
        help: """
            After so many forwards write 'turn' and wait for a line on standard input, as others have their turn; needs --output.
            """)
    var turns: Int?
    @Option(help: "A file for trace events.")
    var trace: String?

    func run() throws {
        var flags = compute.settings
        workload.add(to: &flags)
        report.add(to: &flags)
        flags.spin = spin.spin
        flags.warmup = warmup
        flags.iterations = iterations
        flags.duration = duration
        flags.period = period
        flags.cold = cold ? true : nil
        flags.deadline = deadline
        flags.probe = probe ? true : nil
        flags.turns = turns
        flags.trace = trace
        let work = try Workload(
            profile: workload.profile, model: workload.model, flags: flags, library: .current)
        if let trace = work.settings.trace {
            throw BenchError.unavailable(name: "trace", found: trace, available: "the report lists times by operation")
        }
        try Output.check(work.settings.output)
        let writer = try ReportFormat(named: work.settings.format).writer
        let progress = Progress(quiet: work.settings.quiet ?? false)
        defer { progress.clear() }
        let result = try Report.measuring(work, progress: progress)
        try Output.write(writer.text(result), to: work.settings.output)
    }
}
