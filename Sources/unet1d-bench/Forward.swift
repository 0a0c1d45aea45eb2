import ArgumentParser
import BenchKit
import Checkpoint

/// `forward`: one forward, its output written to a file.
struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one forward and write its output.",
        discussion: """
            Examples:
              unet1d-bench forward --model Tests/Fixtures/visible/real_value_h32 \\
                  --tensors Tests/Fixtures/visible/real_value_h32/io.safetensors \\
                  --output out.safetensors
            """)

    @Option(help: "\(whatAModelIs).")
    var model: String
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @Option(help: "A safetensors file with sample and timestep.")
    var tensors: String
    @Option(help: "The safetensors file to write.")
    var output: String
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags

    func run() throws {
        let computing = try Compute(Settings(compute, spin), library: .current)
        try Output.check(output, for: .tensors)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        progress.say("loading")
        let loaded = try ModelSource.checkpoint(model, ModelLookup(place, config, variant)).load()
        let forward = try FileForward.run(
            ForwardFile(path: tensors), model: loaded, compute: computing, progress: progress)
        try forward.write(to: output)
    }
}
