import ArgumentParser
import BenchKit
import Checkpoint

/// `plan`: what would run, without running it.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what would run: operations, tiles, memory.",
        discussion: """
            Takes the flags of run. Needs the configuration of a model only, not its weights.

            Examples:
              unet1d-bench plan --profile hopper-h32-b1 --batch 64
              unet1d-bench plan --model Profiles/Models/ecg-512 --length 1024 --format json
              unet1d-bench plan --profile small-512-b1 --format svg --output arena.svg
            """)

    @OptionGroup var source: SourceFlags
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @OptionGroup var shape: ShapeFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var report: ReportFlags
    @OptionGroup var topology: TopologyFlags
    @Flag(help: "Plan the gradient with respect to the sample, too.")
    var gradient = false

    func run() throws {
        let work = try Workload(
            profile: source.profile, model: source.model,
            flags: Settings(shape, compute, report, topology, lookup: ModelLookup(place, config, variant)),
            library: .current)
        try Output.check(work.settings.output)
        let format = try PlanFormat(named: work.settings.format, file: work.settings.output)
        let computing = try Compute(work.settings, library: work.library)
        let outline = try work.model.outline()
        let plan = try work.plan(outline, options: computing.options, differentiated: gradient)
        let result = PlanReport(plan, outline: outline, workload: work, compute: computing)
        switch format {
        case .report(let format): try Output.write(result, as: format, to: work.settings.output)
        case .svg: try Output.write(format.text(result), to: work.settings.output)
        }
    }
}
