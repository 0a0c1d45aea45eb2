import ArgumentParser
import BenchKit
import Checkpoint

/// `inspect`: what is in a checkpoint, and what is wrong with it.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is in a checkpoint, whether it would run, and what to do if not; exit 1 if it would not.",
        discussion: """
            Examples:
              unet1d-bench inspect Profiles/Models/ecg-512
              unet1d-bench inspect Profiles/Models/ecg-512 --format json --output ecg.json
            """)

    @Argument(help: "\(whatAModelIs).")
    var what: String
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @OptionGroup var report: ReportFlags
    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let format = try ReportFormat(named: report.format, file: report.output, for: ModelInspection.self)
        try Output.check(report.output)
        let progress = Progress(quiet: quiet)
        let inspection = ModelInspection.inspecting(
            what, lookup: ModelLookup(place, config, variant), progress: progress)
        progress.clear()
        try Output.write(inspection, as: format, to: report.output)
        if !inspection.runs { throw ExitCode(1) }
    }
}
