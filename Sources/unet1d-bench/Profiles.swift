import ArgumentParser
import BenchKit

/// `profiles`: what `--profile` takes.
struct Profiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the profiles.",
        discussion: """
            A profile is a file of Profiles/Workloads, or one in the folder that UNET1D_PROFILES names.

            Examples:
              unet1d-bench profiles
              unet1d-bench profiles --format json
            """)

    @OptionGroup var report: ReportFlags
    @Flag(help: .setting(\.quiet)) var quiet = false

    func run() throws {
        let format = try ReportFormat(named: report.format, file: report.output, for: ProfileList.self)
        try Output.write(ProfileList(.current), as: format, to: report.output)
    }
}
