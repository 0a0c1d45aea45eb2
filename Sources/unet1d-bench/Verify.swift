import ArgumentParser
import BenchKit

/// `verify`: one forward, compared with what a file expects.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one forward and compare it with the expected output; exit 1 beyond the tolerance.")

    @Option(help: "\(whatAModelIs).")
    var model: String
    @OptionGroup var lookup: LookupFlags
    @Option(help: "A safetensors file with sample, timestep and expected.")
    var tensors: String
    @Option(
        parsing: .unconditional,
        help: "Greatest allowed absolute error; default: 1e-4 × max(1, max abs of expected).")
    var tolerance: Double?
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags

    func run() throws {
        let computing = try Compute(Settings(compute, spin), library: .current)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        progress.say("loading")
        let loaded = try ModelSource.checkpoint(model, lookup.lookup).load()
        let verification = try Verification.run(
            ForwardFile(path: tensors), model: loaded, compute: computing, tolerance: tolerance, progress: progress)
        progress.clear()
        try Output.write(verification.line + "\n", to: nil)
        if !verification.passed { throw ExitCode(1) }
    }
}
