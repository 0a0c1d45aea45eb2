import ArgumentParser
import BenchKit
import Checkpoint

/// `convert`: a model of any format, saved as diffusers saves one.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Save a model in the form that diffusers reads.",
        discussion: """
            Prints the files that it wrote, with their bytes, and notes.

            Examples:
              unet1d-bench convert Profiles/Models/ecg-512 ecg-f16 --dtype f16
              unet1d-bench convert Profiles/Models/ecg-512 shards --max-shard-bytes 1000000
            """)

    @Argument(help: "\(whatAModelIs).")
    var what: String
    @Argument(help: "The folder to write; one that exists keeps its other files.")
    var folder: String
    @Option(help: "The weights' type: f32, f16 or bf16; default: f32.")
    var dtype: String?
    @Option(
        parsing: .unconditional,
        help: "Bytes of weights in one file, before they are split; default: \(Conversion.defaultShardBytes).")
    var maxShardBytes: Int?
    @Option(help: "The variant to write, such as fp16, which becomes a part of the weights' names.")
    var variant: String?
    @Option(help: "The variant to read.")
    var fromVariant: String?
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        if what.isEmpty { throw ValidationError("<what> '': expected a model's folder, repository or file") }
        if folder.isEmpty { throw ValidationError("<folder> '': expected the folder to write") }
    }

    func run() throws {
        let conversion = try Conversion(
            what: what, lookup: ModelLookup(place, config, variant: fromVariant), folder: folder, dtype: dtype,
            maxShardBytes: maxShardBytes, variant: variant)
        let progress = Progress(quiet: quiet)
        defer { progress.clear() }
        progress.say("converting")
        let text = try conversion.run()
        progress.clear()
        try Output.write(text, to: nil)
    }
}
