import ArgumentParser
import BenchKit

/// `profiles`: what `--profile` takes.
struct Profiles: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the profiles.")

    @OptionGroup var report: ReportFlags
    @Flag(help: .setting(\.quiet)) var quiet = false

    func run() throws {
        let format = try ReportFormat(named: report.format, for: ProfileList.self)
        try Output.write(ProfileList(.current), as: format, to: report.output)
    }
}
