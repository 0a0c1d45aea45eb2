import ArgumentParser
import BenchKit

/// `plan`: what would run, without running it.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what would run: operations, tiles, memory.")

    @OptionGroup var workload: WorkloadFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var report: ReportFlags
    @Option(
        help: "Plan for another machine: nodes x cores of each, such as 2x4, or a folder with the sys and proc of one.")
    var topology: String?

    func run() throws {
        var flags = compute.settings
        workload.add(to: &flags)
        report.add(to: &flags)
        flags.topology = topology
        let work = try Workload(
            profile: workload.profile, model: workload.model, flags: flags, library: .current)
        try Output.check(work.settings.output)
        let format = try PlanFormat(named: work.settings.format)
        let computing = try Compute(work.settings, library: work.library)
        let outline = try work.model.outline()
        let plan = try work.plan(outline, options: computing.options)
        let result = PlanReport(plan, outline: outline, workload: work, compute: computing)
        try Output.write(format.text(result), to: work.settings.output)
    }
}
