public import Checkpoint
import UNet1D
import UNet1DSampling

/// A denoising loop whose signal is written to files.
public struct Generation: Sendable {
    private let what: String
    private let lookup: ModelLookup
    private let options: GenerationOptions
    private let compute: Compute
    private let source: NoiseSource
    private let format: SignalFormat
    private let depth: WaveDepth
    private let rows: PositionRange?
    private let keep: [PositionRange]
    private let writesLines: Bool
    private let timestepScale: Double?
    private let wholeForwardEvery: Int

    /// Checks what does not need the model. Blocks on the disk.
    ///
    /// - Throws: `BenchError.option`, and `BenchError.file` for a file that cannot be written.
    public init(what: String, lookup: ModelLookup, options: GenerationOptions, compute: Compute) throws(BenchError) {
        (self.what, self.lookup, self.options, self.compute) = (what, lookup, options, compute)
        format = try SignalFormat(of: options.output, option: "output")
        guard let depth = WaveDepth(rawValue: options.bits ?? WaveDepth.floats.rawValue) else {
            throw .option(name: "bits", found: "\(options.bits ?? 0)", expected: "16, 24, or 32 for floats")
        }
        if options.bits != nil, format != .wav {
            throw .option(name: "bits", found: "\(options.output)", expected: "a .wav file: others hold float32")
        }
        self.depth = depth
        source = try Self.source(options)
        rows = try options.rows.map { rows throws(BenchError) in try PositionRange(rows, option: "rows") }
        keep = try options.keep.map { keep throws(BenchError) in try PositionRange(keep, option: "keep") }
        timestepScale = try LoopOptions.timestepScale(options.timestepScale)
        wholeForwardEvery = try LoopOptions.wholeForwardEvery(
            options.wholeEvery, shortLevels: compute.options.shortLevels)
        writesLines = options.callbackFormat == "jsonl"
        try Self.check(options)
    }

    /// Checks flags one by one, and those that need one another.
    private static func check(_ options: GenerationOptions) throws(BenchError) {
        if let format = options.callbackFormat, !["none", "jsonl"].contains(format) {
            throw .option(name: "callback-format", found: format, expected: "none or jsonl")
        }
        if let name = options.scheduler, !Scheduler.names.contains(name) {
            throw .option(name: "scheduler", found: name, expected: "one of \(Scheduler.names.joined(separator: ", "))")
        }
        if let strength = options.strength, !(0...1 ~= strength) {
            throw .option(name: "strength", found: "\(strength)", expected: "0 to 1")
        }
        if let resample = options.resample, !(1...1000 ~= resample) {
            throw .option(name: "resample", found: "\(resample)", expected: "1 to 1000")
        }
        if options.initial == nil, options.strength != nil || !options.keep.isEmpty {
            throw .option(
                name: options.strength != nil ? "strength" : "keep", found: "no --init",
                expected: "--init, the file whose signal is changed or kept")
        }
        if options.initial != nil, options.strength == nil && options.keep.isEmpty {
            throw .option(
                name: "init", found: "neither --strength nor --keep",
                expected: "how much of it is changed, or what is kept")
        }
        if options.resample != nil, options.keep.isEmpty {
            throw .option(name: "resample", found: "no --keep", expected: "--keep, to which the rest is fitted")
        }
        for (name, file) in [("output", options.output), ("plot", options.plot)] {
            guard let file else { continue }
            if file.isEmpty { throw .option(name: name, found: "", expected: "a file") }
            try files { () throws(CheckpointError) in try AtomicFile.check(file) }
        }
        if let plot = options.plot, plot == options.output || !plot.lowercased().hasSuffix(".svg") {
            throw .option(name: "plot", found: plot, expected: "a name of its own that ends with .svg")
        }
        if options.above != nil, options.plot == nil {
            throw .option(
                name: "above", found: "no --plot", expected: "--plot, the drawing in which the signal is shown")
        }
    }

    private static func source(_ options: GenerationOptions) throws(BenchError) -> NoiseSource {
        let text = options.seed ?? GenerationOptions.defaultSeed
        guard let seed = UInt64(text) ?? Int64(text).map({ UInt64(bitPattern: $0) }) else {
            throw .option(name: "seed", found: text, expected: "a whole number of 64 bits")
        }
        switch options.generator {
        case nil, "philox": return .philox(seed: seed)
        case "torch": return .torch(seed: seed)
        case let name?: throw .option(name: "generator", found: name, expected: "torch or philox")
        }
    }

    /// Loads the model, runs the loop, and writes the files: all, or none. Blocks.
    ///
    /// - Parameter line: is given a line of JSON after each step, if they were asked for.
    /// - Returns: nil if Ctrl-C ended it, which `Interruption.watch` makes it heed; nothing is written then.
    /// - Throws: `BenchError`.
    public func run(
        progress: Progress, line: (String) throws(BenchError) -> Void
    ) throws(BenchError) -> GenerationReport? {
        progress.say("loading")
        let pipeline = try pipeline()
        let configuration = pipeline.model.configuration
        let input = try GenerationInput(
            options, channels: pipeline.model.sampleChannels, sampleRate: configuration.sampleRate,
            sampleSize: configuration.sampleSize
        ) { length, seconds throws(BenchError) in
            try sampling { () throws(SamplingError) in
                if let seconds { return try pipeline.runningLength(seconds: seconds) }
                return try pipeline.runningLength(length)
            }
        }
        let output = try output(batch: input.batch, sampleRate: configuration.sampleRate)
        let request = try request(input, pipeline)
        let plan = try library { () throws(UNet1DError) in
            try pipeline.model.plan(
                ForwardShape(batch: input.batch, length: input.runningLength), options: compute.options)
        }
        try AvailableMemory.check(plan, workers: compute.threads, subject: what)
        progress.say("packing weights")
        var sampler = try sampling { () throws(SamplingError) in try pipeline.sampler(request) }
        var loop = LoopProgress(steps: steps(sampler.schedule), progress: progress)
        if Interruption.isPending { return nil }
        let start = Clock.now
        var failure: BenchError?
        let signal = try sampling { () throws(SamplingError) in
            try pipeline.generate(request, with: &sampler) { index, timestep, sample, estimate in
                loop.stepped()
                if writesLines {
                    let step = StepLine(
                        index: index, timestep: timestep, sample: SignalStatistics(sample),
                        estimate: SignalStatistics(estimate))
                    do throws(BenchError) { try line(step.text) } catch { failure = error }
                }
                return failure == nil && !Interruption.isPending
            }
        }
        if let failure { throw failure }
        let milliseconds = Clock.milliseconds(since: start)
        guard let signal else { return nil }
        progress.say("writing")
        var report = GenerationReport(
            model: what, shape: signal.shape, sampleRate: configuration.sampleRate, noise: noise,
            scheduler: pipeline.scheduler.name, steps: loop.done, milliseconds: milliseconds,
            notes: pipeline.model.notes + pipeline.scheduler.notes)
        var written = try output.files(signal, sampleRate: pipeline.sampleRate)
        if let plot = options.plot {
            let drawing = drawing(signal, rows: output.rows, above: input.above, report)
            written.append((plot, Array(drawing.svg().utf8)))
        }
        try files { () throws(CheckpointError) in try AtomicFile.write(written) }
        report.files = written.map { ($0.path, $0.bytes.count) }
        return report
    }

    /// The model with the scheduler that was asked for, and workers.
    private func pipeline() throws(BenchError) -> DanceDiffusionPipeline {
        let scheduler = try sampling { () throws(SamplingError) in
            let folder: PipelineFolder
            do throws(UNet1DError) { folder = try PipelineFolder(what, lookup: lookup) } catch { throw .model(error) }
            return try folder.scheduler(as: options.scheduler)
        }
        let pool = try compute.makePool()
        return try sampling { () throws(SamplingError) in
            try DanceDiffusionPipeline(
                directory: what, lookup: lookup, scheduler: scheduler, pool: pool, options: compute.options)
        }
    }

    /// The files of the signal, which can be made or replaced.
    private func output(batch: Int, sampleRate: Int?) throws(BenchError) -> SignalOutput {
        let rows = try rows?.range(within: batch, of: "the batch") ?? 0..<batch
        let output = SignalOutput(path: options.output, format: format, depth: depth, rows: rows)
        if format == .wav {
            let others = ".safetensors, .npy or .csv"
            guard sampleRate != nil else {
                throw .option(
                    name: "output", found: options.output,
                    expected: "\(others): the model's configuration has no sample_rate")
            }
            guard rows.count <= SignalOutput.mostWaves else {
                throw .option(
                    name: "output", found: "a WAV file for each of \(rows.count) signals",
                    expected: "at most \(SignalOutput.mostWaves) files: use \(others)")
            }
        }
        for path in output.paths { try files { () throws(CheckpointError) in try AtomicFile.check(path) } }
        return output
    }

    /// The request of the library.
    private func request(
        _ input: GenerationInput, _ pipeline: DanceDiffusionPipeline
    ) throws(BenchError) -> DanceDiffusionPipeline.Request {
        let steps = options.steps ?? GenerationOptions.defaultSteps
        let timesteps = try sampling { () throws(SamplingError) in
            do throws(SchedulerError) { return try pipeline.scheduler.prepare(steps: steps).timesteps } catch {
                throw .scheduler(error)
            }
        }
        var request = DanceDiffusionPipeline.Request(
            length: input.length, seconds: options.seconds, batch: input.batch, steps: steps, noise: source,
            start: input.noise,
            clamps: options.clamps)
        // The time of models with a Fourier embedding is 0 to 1, and most schedulers count the 1000 timesteps of a training. The
        // model's own scheduler is what it was trained with, whatever it counts.
        request.wholeForwardEvery = wholeForwardEvery
        if let timestepScale {
            request.timestepScale = timestepScale
        } else if options.scheduler != nil, pipeline.model.configuration.timeEmbeddingType == .fourier,
            (timesteps.max() ?? 0) > 1
        {
            request.timestepScale = 1 / 1000
        }
        if let initial = input.initial {
            if let strength = options.strength { request.variation = (initial, strength) }
            if !keep.isEmpty {
                let positions = try keep.map { keep throws(BenchError) in
                    try keep.range(within: initial.shape[2], of: "the positions of \(options.initial ?? "")")
                }
                request.kept = (initial, positions)
                request.resampling = Resampling(repetitions: options.resample ?? 1)
            }
        }
        return request
    }

    /// How many steps will run.
    private func steps(_ schedule: UNet1DSampling.Schedule) -> Int {
        (schedule.count - (options.strength.map(schedule.firstStep) ?? 0)) * (options.resample ?? 1)
    }

    /// Where the noise comes from, for people.
    private var noise: String {
        let seed = "seed \(options.seed ?? GenerationOptions.defaultSeed)"
        let drawn = options.generator == "torch" ? "\(seed) of torch" : seed
        return options.noise.map { "\($0), \(drawn)" } ?? drawn
    }

    private func drawing(
        _ signal: Tensor, rows: Range<Int>, above: Tensor?, _ report: GenerationReport
    ) -> SignalDrawing {
        let size = signal.shape[1] * signal.shape[2]
        let shown = Tensor(
            unchecked: Array(signal.scalars[rows.lowerBound * size..<rows.upperBound * size]),
            shape: [rows.count, signal.shape[1], signal.shape[2]])
        let name = what.split(separator: "/").last.map(String.init) ?? what
        var subjects = [
            SignalDrawing.Subject(caption: "generated: \(report.loop), \(noise)", signal: shown, colour: "#1f77b4")
        ]
        if let above, let file = options.above {
            let name = (file.split(separator: "/").last ?? "").split(separator: ".").first.map(String.init) ?? file
            subjects.insert(SignalDrawing.Subject(caption: name, signal: above, colour: "#444444"), at: 0)
        }
        return SignalDrawing(title: name, subjects: subjects, sampleRate: report.sampleRate)
    }
}

/// How far a loop is.
private struct LoopProgress {
    let steps: Int
    let progress: Progress
    private(set) var done = 0
    private let start = Clock.now

    init(steps: Int, progress: Progress) {
        (self.steps, self.progress) = (steps, progress)
        progress.say("step 1 of \(steps)")
    }

    /// A step has ended.
    mutating func stepped() {
        done += 1
        guard progress.isShown, done < steps else { return }
        let left = Clock.milliseconds(since: start) / Double(done) * Double(steps - done)
        progress.say("step \(done + 1) of \(steps), \(Figures.fixed(left / 1000, left < 10000 ? 1 : 0)) s left")
    }
}
