import ArgumentParser
import BenchKit

/// `tune`: measures this machine and writes a machine profile.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this machine and write a machine profile for --machine.",
        discussion: """
            Takes less than two minutes. Other programs that run meanwhile spoil the result.

            Examples:
              unet1d-bench tune
              unet1d-bench tune --name server --threads 4 --output server.json
            """)

    @Option(help: "The profile's file; default: the profile's name and .json, in this folder.")
    var output: String?
    @Option(help: "The profile's name; default: processor and threads, for example zen5-2.")
    var name: String?
    @Option(parsing: .unconditional, help: .setting(\.threads)) var threads: Int?
    @Flag(help: .setting(\.quiet)) var quiet = false

    func run() throws {
        var settings = Settings()
        settings.threads = threads
        let compute = try Compute(settings, library: .current)
        try Tuning.check(name: name)
        let file = output ?? "./\(name ?? Tuning.defaultName(threads: compute.threads)).json"
        try Output.check(file)
        let progress = Progress(quiet: quiet)
        defer { progress.clear() }
        let tuning = try Tuning.run(name: name, compute: compute, progress: progress)
        try Output.write(tuning.machine.text, to: file)
        try Output.write(tuning.text(file: file), to: nil)
    }
}
