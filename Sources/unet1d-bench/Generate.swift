import ArgumentParser
import BenchKit
import Checkpoint

/// `generate`: a denoising loop, its signal written to a file.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a denoising loop and write its signal; Ctrl-C ends it after a step, with status 130.",
        discussion: """
            Examples:
              unet1d-bench generate Profiles/Models/ecg-512 --steps 20 \\
                  --output ecg.csv --plot ecg.svg
              unet1d-bench generate Profiles/Models/ecg-512 --batch 4 \\
                  --seed 7 --steps 5 --output four.safetensors
              unet1d-bench generate harmonai/maestro-150k --seconds 4 --output piano.wav
            """)

    @Argument(help: "A pipeline's folder, a repository in the hub's cache, or a file of weights.")
    var what: String
    @Option(help: "The signal's file: .wav, .safetensors (tensor sample), .npy or .csv. WAV: a file for each signal.")
    var output: String
    @Option(parsing: .unconditional, help: "Steps; default: \(GenerationOptions.defaultSteps).")
    var steps: Int?
    @Option(help: "A scheduler of diffusers, by its class; default: the folder's own.")
    var scheduler: String?
    @Option(
        parsing: .unconditional,
        help: "\(Setting.at(\.timestepScale).help) Default: 0.001 for --scheduler and a time of 0 to 1, else 1.")
    var timestepScale: Double?
    @Option(parsing: .unconditional, help: .setting(\.shortLevels))
    var shortLevels: Int?
    @Option(parsing: .unconditional, help: .setting(\.wholeEvery))
    var wholeEvery: Int?
    @Option(parsing: .unconditional, help: "Seconds to generate.")
    var seconds: Double?
    @Option(parsing: .unconditional, help: "Positions to generate; default: the model's sample_size.")
    var length: Int?
    @Option(parsing: .unconditional, help: "Signals at once; default: 1.")
    var batch: Int?
    @Option(parsing: .unconditional, help: "The noise's seed; default: \(GenerationOptions.defaultSeed).")
    var seed: String?
    @Option(help: "Whose random numbers: philox, or torch for those of PyTorch; default: philox.")
    var generator: String?
    @Option(help: "A file with the noise to begin with; the tensor noise of safetensors.")
    var noise: String?
    @Option(name: .customLong("init"), help: "A file with a signal to be changed by --strength, or kept by --keep.")
    var initial: String?
    @Option(parsing: .unconditional, help: "How much of --init is changed: 0 nothing, 1 everything.")
    var strength: Double?
    @Option(help: "Positions A:B of --init that stay as they are; may be given several times.")
    var keep: [String] = []
    @Option(parsing: .unconditional, help: "How often each step runs, so that what is made fits --keep; default: 1.")
    var resample: Int?
    @Option(help: "Batch elements A:B that are written; the numbers are those of the whole batch.")
    var rows: String?
    @Flag(help: "Leave the signal as it is; default: cut to -1 ... 1.")
    var noClamp = false
    @Option(parsing: .unconditional, help: "Bits of a number in WAV: 16, 24, or 32 for floats; default: 32.")
    var bits: Int?
    @Option(help: "An SVG file: waveform and spectrogram of audio, traces of signals, states of plans.")
    var plot: String?
    @Option(help: "A file with a signal that --plot shows above.")
    var above: String?
    @Option(help: "jsonl: a line of JSON for each step in place of the report; default: none.")
    var callbackFormat: String?
    @OptionGroup var place: RevisionFlags
    @OptionGroup var config: ConfigFlags
    @OptionGroup var variant: VariantFlags
    @OptionGroup var compute: ComputeFlags
    @OptionGroup var spin: SpinFlags

    func validate() throws {
        if what.isEmpty { throw ValidationError("<what> '': expected a model's folder, repository or file") }
    }

    func run() throws {
        var settings = try Settings(compute, spin)
        settings.shortLevels = shortLevels
        let generation = try Generation(
            what: what, lookup: ModelLookup(place, config, variant), options: options,
            compute: Compute(settings, library: .current))
        try Output.check(output, for: .tensors)
        let progress = Progress(quiet: compute.quiet)
        defer { progress.clear() }
        Interruption.watch()
        let report = try generation.run(progress: progress) { line throws(BenchError) in
            try Output.write(line, to: nil)
        }
        progress.clear()
        guard let report else { throw ExitCode(Interruption.status) }
        if callbackFormat != "jsonl" { try Output.write(report.text, to: nil) }
    }

    private var options: GenerationOptions {
        var options = GenerationOptions()
        options.output = output
        options.steps = steps
        options.scheduler = scheduler
        options.timestepScale = timestepScale
        options.wholeEvery = wholeEvery
        options.seconds = seconds
        options.length = length
        options.batch = batch
        options.seed = seed
        options.generator = generator
        options.noise = noise
        options.initial = initial
        options.strength = strength
        options.keep = keep
        options.resample = resample
        options.rows = rows
        options.clamps = !noClamp
        options.bits = bits
        options.plot = plot
        options.above = above
        options.callbackFormat = callbackFormat
        return options
    }
}
