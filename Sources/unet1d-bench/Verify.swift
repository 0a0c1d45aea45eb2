import ArgumentParser
import BenchKit
import Checkpoint

/// `verify`: one forward, compared with what a file expects.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one forward and compare it with the expected output; exit 1 beyond the tolerance.",
        discussion: """
            Examples:
              unet1d-bench verify --model Tests/Fixtures/visible/real_value_h32 \\
                  --tensors Tests/Fixtures/visible/real_value_h32/io.safetensors
              unet1d-bench verify --model Tests/Fixtures/visible/resnet_1level \\
                  --tensors Tests/Fixtures/visible/resnet_1level/io.safetensors \\
                  --tolerance 1e-3
            """)

    @Option(help: "\(whatAModelIs).")
    var model: String
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @Option(help: "A safetensors file with sample, timestep and expected.")
    var tensors: String
    @Option(
        parsing: .unconditional,
        help: "Greatest allowed absolute error; default: 1e-4 × max(1, max abs of expected).")
    var tolerance: Double?
    @Flag(help: "Compare the gradient, too: the file then has cotangent and expected_gradient.")
    var gradient = false
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags

    func run() throws {
        let computing = try Compute(Settings(compute, spin), library: .current)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        progress.say("loading")
        let loaded = try ModelSource.checkpoint(model, ModelLookup(place, config, variant)).load()
        let file = try ForwardFile(path: tensors)
        let forward: Verification
        var slope: Verification?
        if gradient {
            (forward, slope) = try Verification.runGradient(
                file, model: loaded, compute: computing, tolerance: tolerance, progress: progress)
        } else {
            forward = try Verification.run(
                file, model: loaded, compute: computing, tolerance: tolerance, progress: progress)
        }
        progress.clear()
        try Output.write(forward.line + "\n" + (slope.map { "gradient \($0.line)\n" } ?? ""), to: nil)
        if !forward.passed || slope?.passed == false { throw ExitCode(1) }
    }
}
