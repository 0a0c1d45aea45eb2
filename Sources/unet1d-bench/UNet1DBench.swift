import ArgumentParser
import BenchKit

/// The command.
struct UNet1DBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unet1d-bench",
        abstract: "Throughput and latency of diffusers' UNet1DModel on this machine's processors.",
        discussion: """
            Without arguments it runs the built-in profile and prints its report.

            Examples:
              unet1d-bench profiles
              unet1d-bench inspect Profiles/Models/ecg-512
              unet1d-bench run --model Profiles/Models/ecg-512 --iterations 100

            \(ExitStatus.help)
            """,
        version: benchVersion,
        subcommands: [
            Run.self, Compare.self, CheckCommand.self, Verify.self, Forward.self, PlanCommand.self, Inspect.self,
            Convert.self, Fetch.self, Generate.self, Profiles.self, Tune.self, ForwardsAloneCommand.self,
        ],
        defaultSubcommand: Run.self)
}
