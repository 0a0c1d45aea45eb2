public import UNet1D

/// Audio, or any other signal, from a model of Dance Diffusion's kind: what diffusers' `DanceDiffusionPipeline` does, and
/// what its users do with it.
///
/// ```swift
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// let pipeline = try DanceDiffusionPipeline(directory: "harmonai/maestro-150k", pool: pool)
/// var request = DanceDiffusionPipeline.Request(seconds: 4, steps: 100)
/// request.noise = .torch(seed: 1234)
/// if let audio = try pipeline.generate(request) {
///     print("\(audio.shape) at \(pipeline.sampleRate) Hz")
/// }
/// ```
///
/// Each call of `generate` makes a session and a sampler, and drops them. A program that generates again and again, or under
/// a deadline, keeps those of `sampler(_:)`.
/// Source: diffusers 0.26.3, pipeline_dance_diffusion.py.
public struct DanceDiffusionPipeline: Sendable {
    /// The model.
    public let model: UNet1DModel
    /// The scheduler of the folder, unless another was asked for.
    public let scheduler: Scheduler
    /// The workers.
    public let pool: WorkerPool
    /// How forwards compute.
    public let options: Session.Options

    /// Opens a pipeline. Reads no weights yet. Allocates; blocks on the disk.
    ///
    /// - Parameters:
    ///   - directory: a pipeline's folder, or the name of a repository in the hub's cache.
    ///   - lookup: which of the models there.
    ///   - scheduler: nil: the folder's own.
    ///   - pool: the workers.
    ///   - options: how forwards compute.
    /// - Throws: `SamplingError.model`, `SamplingError.scheduler` for a configuration that cannot be read, and
    ///   `SamplingError.values` for a robot policy.
    public init(
        directory: String, lookup: ModelLookup = ModelLookup(), scheduler: Scheduler? = nil, pool: WorkerPool,
        options: Session.Options = Session.Options()
    ) throws(SamplingError) {
        let folder = try rethrowing(PipelineFolder(directory, lookup: lookup), as: SamplingError.model)
        model = try rethrowing(UNet1DModel(directory: directory, lookup: lookup), as: SamplingError.model)
        guard model.conditionalConfiguration == nil else {
            throw .values(
                name: "model", found: "a robot policy's network, which reads an observation",
                expected: "a UNet1DModel; plan a policy's actions with ActionPolicy")
        }
        if let scheduler { self.scheduler = scheduler } else { self.scheduler = try folder.scheduler() }
        self.pool = pool
        self.options = options
    }

    /// Samples a second of the model's audio, from its configuration; 1 where that says nothing.
    public var sampleRate: Int { max(model.configuration.sampleRate ?? 1, 1) }

    /// The positions of so many seconds, rounded down as diffusers does.
    ///
    /// - Throws: `SamplingError.values` for what is no length.
    public func length(seconds: Double) throws(SamplingError) -> Int {
        let length = seconds * Double(sampleRate)
        guard length >= 1, length <= Double(Self.maximumLength) else {
            throw .values(
                name: "seconds", found: "\(seconds)",
                expected: "1 to \(Self.maximumLength) positions at \(sampleRate) Hz")
        }
        return Int(length)
    }

    /// Far beyond what any memory holds; sums of lengths stay numbers.
    private static let maximumLength = 1 << 40

    /// The length at which the model runs for a length that is asked for: the next multiple of what its levels halve. What is
    /// more is cut off after the loop.
    ///
    /// Planners, for which diffusers has another pipeline, run at the length itself.
    ///
    /// - Throws: `SamplingError.values` for less than three positions of the deepest level.
    public func runningLength(_ length: Int) throws(SamplingError) -> Int {
        guard length <= Self.maximumLength else {
            throw .values(name: "length", found: "\(length)", expected: "at most \(Self.maximumLength) positions")
        }
        guard let factor = lengthFactor else { return length }
        guard length >= 3 * factor else {
            throw .values(
                name: "length", found: "\(length)",
                expected: "at least \(3 * factor), three positions of the deepest level of this model")
        }
        return (length + factor - 1) / factor * factor
    }

    /// The length at which the model runs for so many seconds. A part of a position counts: where all before it are a multiple of
    /// what the levels halve, the model runs at the next one, as with diffusers, and other noise is drawn.
    ///
    /// - Throws: `SamplingError.values`, as for a length.
    public func runningLength(seconds: Double) throws(SamplingError) -> Int {
        let length = try length(seconds: seconds)
        let running = try runningLength(length)
        let isWhole = Double(length) == seconds * Double(sampleRate)
        return running == length && !isWhole ? running + (lengthFactor ?? 0) : running
    }

    /// What the levels halve; nil for planners, which run at any length that fits.
    private var lengthFactor: Int? {
        let configuration = model.configuration
        return configuration.downBlockTypes.contains(.downResnetBlock1D) ? nil : 1 << configuration.upBlockTypes.count
    }

    /// The sampler of a request, with the session for its running length. Allocates, packs weights; blocks on the disk.
    ///
    /// - Throws: `SamplingError`.
    public func sampler(_ request: Request) throws(SamplingError) -> Sampler {
        let length =
            if let seconds = request.seconds { try runningLength(seconds: seconds) } else {
                try runningLength(try self.length(request))
            }
        let session = try rethrowing(
            Session(
                model: model, shape: ForwardShape(batch: request.batch, length: length), pool: pool, options: options),
            as: SamplingError.model)
        var sampler = try Sampler(
            session: session, scheduler: scheduler, steps: request.steps,
            options: Sampler.Options(
                noise: request.noise, timestepScale: request.timestepScale,
                wholeForwardEvery: request.wholeForwardEvery))
        if let (signal, positions) = request.kept {
            try keep(signal, positions, resampling: request.resampling, in: &sampler)
        }
        return sampler
    }

    /// Holds parts of a signal.
    private func keep(
        _ signal: Tensor, _ positions: [Range<Int>], resampling: Resampling, in sampler: inout Sampler
    ) throws(SamplingError) {
        let shape = sampler.session.plan.sampleShape
        let values = try padded(signal, to: shape, as: "the kept signal")
        for range in positions where range.lowerBound < 0 || range.upperBound > signal.shape[2] {
            throw .values(
                name: "kept positions", found: "\(range)", expected: "a part of the signal's, 0..<\(signal.shape[2])")
        }
        try sampler.hold(
            try HeldValues(values, shape: shape, positions: positions, level: .noised), resampling: resampling)
    }

    /// Runs a loop and gives its signal. Allocates, packs weights; blocks on the disk, then on the loop.
    ///
    /// - Parameters:
    ///   - request: what to generate.
    ///   - observe: as for `Sampler`: is given the state after each step, and ends the loop by returning false.
    /// - Returns: (batch, channels, length); nil if the loop was ended.
    /// - Throws: `SamplingError`.
    public func generate(
        _ request: Request,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool = {
            _, _, _, _ in true
        }
    ) throws(SamplingError) -> Tensor? {
        var sampler = try sampler(request)
        return try generate(request, with: &sampler, observe: observe)
    }

    /// Runs a loop of a sampler that is kept, and gives its signal. Allocates; blocks on the loop.
    ///
    /// - Parameters:
    ///   - request: the one that the sampler was made for, or another of its shape, steps and kept signal.
    ///   - sampler: what `sampler(_:)` gave. Its draws go on where they ended: see `Sampler.restart(noise:)`.
    ///   - observe: as for `Sampler`: is given the state after each step, and ends the loop by returning false.
    /// - Returns: (batch, channels, length); nil if the loop was ended.
    /// - Throws: `SamplingError.values`.
    public func generate(
        _ request: Request, with sampler: inout Sampler,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool = {
            _, _, _, _ in true
        }
    ) throws(SamplingError) -> Tensor? {
        let shape = sampler.session.plan.sampleShape
        if let start = request.start, start.shape != shape {
            throw .values(
                name: "the noise", found: "the shape \(start.shape)",
                expected: "\(shape): batch, channels, and the length at which the model runs")
        }
        let start = request.start?.scalars
        // Given numbers have a draw for the start, too, where that is not given.
        if start == nil {
            try rethrowing(sampler.noise.check(draws: sampler.draws + 1), as: SamplingError.noise)
        }
        let variation = try request.variation.map { variation throws(SamplingError) in
            try padded(variation.of, to: shape, as: "the signal")
        }
        var signal = [Float](repeating: 0, count: sampler.sampleCount)
        var output = signal.mutableSpan
        let ended: Bool
        if let variation, let strength = request.variation?.strength {
            guard 0...1 ~= strength else {
                throw .values(name: "strength", found: "\(strength)", expected: "0 to 1")
            }
            ended = sampler(
                sample: variation.span, strength: strength, noise: start?.span, into: &output, observe: observe)
        } else if let start {
            ended = sampler(noise: start.span, into: &output, observe: observe)
        } else {
            ended = sampler(into: &output, observe: observe)
        }
        return ended ? try cut(signal, shape: shape, to: request) : nil
    }

    /// A signal that is continued past what the model was trained on: windows that overlap, each of which begins with the end
    /// of the one before it, held as it is. Allocates; blocks on the loops.
    ///
    /// - Parameters:
    ///   - request: that of a window; `length` is a window's, and the first window may keep what it says.
    ///   - length: positions of the whole.
    ///   - overlap: positions that a window shares with the one before it, fewer than a window has.
    ///   - observe: as for `generate`, for all windows.
    /// - Returns: (batch, channels, length); nil if a loop was ended.
    /// - Throws: `SamplingError`.
    public func generate(
        _ request: Request, continuedTo length: Int, overlap: Int,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool = {
            _, _, _, _ in true
        }
    ) throws(SamplingError) -> Tensor? {
        let window = try self.length(request)
        guard 1..<window ~= overlap else {
            throw .values(name: "overlap", found: "\(overlap)", expected: "1 to \(window - 1), below a window's length")
        }
        guard 1...Self.maximumLength ~= length else {
            throw .values(name: "length", found: "\(length)", expected: "1 to \(Self.maximumLength) positions")
        }
        var sampler = try sampler(request)
        guard let first = try generate(request, with: &sampler, observe: observe) else { return nil }
        let rows = first.shape[0] * first.shape[1]
        var signals = (0..<rows).map { row in Array(first.scalars[row * window..<(row + 1) * window]) }
        var next = request
        (next.start, next.variation) = (nil, nil)
        while signals[0].count < length {
            var known = [Float](repeating: 0, count: rows * window)
            for row in 0..<rows {
                known.replaceSubrange(row * window..<row * window + overlap, with: signals[row].suffix(overlap))
            }
            try keep(
                Tensor(unchecked: known, shape: first.shape), [0..<overlap], resampling: request.resampling,
                in: &sampler)
            guard let made = try generate(next, with: &sampler, observe: observe) else { return nil }
            for row in 0..<rows { signals[row] += made.scalars[row * window + overlap..<(row + 1) * window] }
        }
        return Tensor(
            unchecked: signals.flatMap { $0.prefix(length) }, shape: [first.shape[0], first.shape[1], length])
    }

    // MARK: - Shapes

    /// The positions that a request asks for.
    private func length(_ request: Request) throws(SamplingError) -> Int {
        if let seconds = request.seconds { return try length(seconds: seconds) }
        if let length = request.length ?? model.configuration.sampleSize { return length }
        throw .values(
            name: "length", found: "none, and no sample_size in config.json", expected: "the positions to generate")
    }

    /// A signal of at most the running length, with zeros behind it.
    private func padded(_ signal: Tensor, to shape: [Int], as name: String) throws(SamplingError) -> [Float] {
        guard signal.shape.count == 3, signal.shape[0] == shape[0], signal.shape[1] == shape[1],
            signal.shape[2] <= shape[2]
        else {
            throw .values(
                name: name, found: "the shape \(signal.shape)",
                expected: "(\(shape[0]), \(shape[1]), up to \(shape[2])): batch, channels, length")
        }
        let length = signal.shape[2]
        if length == shape[2] { return signal.scalars }
        var result = [Float](repeating: 0, count: shape.reduce(1, *))
        for row in 0..<shape[0] * shape[1] {
            result.replaceSubrange(
                row * shape[2]..<row * shape[2] + length, with: signal.scalars[row * length..<(row + 1) * length])
        }
        return result
    }

    /// A loop's sample, cut to the length that was asked for, and to −1 ... 1.
    private func cut(_ sample: [Float], shape: [Int], to request: Request) throws(SamplingError) -> Tensor {
        let length = min(max(try length(request), 0), shape[2])
        var scalars: [Float] = []
        scalars.reserveCapacity(shape[0] * shape[1] * length)
        for row in 0..<shape[0] * shape[1] { scalars += sample[row * shape[2]..<row * shape[2] + length] }
        if request.clamps {
            for i in scalars.indices where !scalars[i].isNaN { scalars[i] = min(max(scalars[i], -1), 1) }
        }
        return Tensor(unchecked: scalars, shape: [shape[0], shape[1], length])
    }
}
