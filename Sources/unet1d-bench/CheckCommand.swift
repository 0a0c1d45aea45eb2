import ArgumentParser
import BenchKit

/// `check`: what a user runs first on a new machine.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check kernels, promises, speed and steadiness on this machine; exit 1 if a check fails.",
        discussion: """
            Takes less than a minute. Paste what --format markdown writes in a bug report.
            Ctrl-C ends it after the check at hand; the report so far is written, with exit status 130 (143 after \
            SIGTERM).

            Examples:
              unet1d-bench check
              unet1d-bench check --quick --format markdown
            """)

    @Flag(help: "Leave out whatever is timed.")
    var quick = false
    @OptionGroup var report: ReportFlags
    @Flag(help: .setting(\.quiet)) var quiet = false

    func run() throws {
        let format = try ReportFormat(named: report.format, file: report.output, for: CheckReport.self)
        try Output.check(report.output)
        let progress = Progress(quiet: quiet)
        defer { progress.clear() }
        let result = try CheckReport.making(executable: ThisProcess.executable, quick: quick, progress: progress)
        try Output.write(result, as: format, to: report.output)
        if result.isInterrupted { throw ExitCode(Interruption.status) }
        if result.status != 0 { throw ExitCode(result.status) }
    }
}

/// What `check` runs in a process of its own.
struct ForwardsAloneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: ForwardsAlone.command, shouldDisplay: false)

    @Argument(help: .hidden)
    var workers: Int

    func run() throws {
        guard 1...256 ~= workers else {
            throw BenchError.option(name: "workers", found: "\(workers)", expected: "1 to 256")
        }
        try ForwardsAlone.run(workers: workers)
    }
}
