import CKernels
internal import KernelArguments
import Memory
public import UNet1D

/// A denoising loop: forwards of one session and the steps of one scheduler, in memory that is mapped before the first.
///
/// ```swift
/// let model = try UNet1DModel(directory: "ecg-512")
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// let session = try Session(model: model, shape: ForwardShape(batch: 1, length: 512), pool: pool)
/// let scheduler = try Scheduler(contentsOf: "ecg-512/scheduler/scheduler_config.json")
/// var sampler = try Sampler(session: session, scheduler: scheduler, steps: 50)
/// var noise = try NoiseStream(.philox(seed: 7), batch: 1, elements: sampler.sampleCount, draws: 1)
/// var start = [Float](repeating: 0, count: sampler.sampleCount), signal = start
/// var span = start.mutableSpan
/// noise.next(&span)
/// var output = signal.mutableSpan
/// sampler(noise: start.span, into: &output)
/// ```
///
/// Making a sampler, `prepare`, `hold` and `guide` allocate. A loop allocates nothing, throws nothing, and blocks on nothing
/// but the session's workers. It gives the same bits for any number of workers. A sampler runs one loop at a time, which the
/// compiler ensures; samplers of one model may run at once from different threads.
///
/// A model whose plan's `conditionShapes` are not empty reads an observation: call `setCondition` before its loops, which else
/// end the program.
///
/// For models of audio, whose seconds become positions, see ``DanceDiffusionPipeline``.
public struct Sampler: ~Copyable, Sendable {
    /// What decides a loop besides session and scheduler.
    public struct Options: Sendable, Equatable {
        /// How the tables of the scheduler are rounded.
        public var precision: TablePrecision
        /// The noise of steps that draw some, of held values and of resampling; not that with which a loop begins.
        public var noise: NoiseSource
        /// By what the scheduler's timesteps are multiplied for the model: 1/1000 where a model whose time is continuous, 0 to 1,
        /// runs under a scheduler that counts the 1000 timesteps of a training.
        public var timestepScale: Double
        /// How many forwards make a round of which the first is whole and the others are short, which takes a session with
        /// `Session.Options.shortLevels`; 1: all forwards are whole.
        public var wholeForwardEvery: Int

        /// Options, with their defaults.
        public init(
            precision: TablePrecision = .double, noise: NoiseSource = .philox(seed: 0), timestepScale: Double = 1,
            wholeForwardEvery: Int = 1
        ) {
            self.precision = precision
            self.noise = noise
            self.timestepScale = timestepScale
            self.wholeForwardEvery = wholeForwardEvery
        }
    }

    /// The session whose forwards the loop runs.
    public internal(set) var session: Session
    /// The steps of a whole loop.
    public private(set) var schedule: Schedule
    let scheduler: any DenoisingScheduler
    let options: Options
    var memory: LoopMemory
    /// What depends on the timestep alone, for each step of the schedule.
    var table: StepTable
    var noise: NoiseStream
    var held: HeldValues?
    var resampling = Resampling.none
    var guidance: Guidance?
    /// How many tensors are remembered, and where the newest is.
    var kept = 0
    var newest = 0
    /// How many forwards are short until the next whole one.
    var shortForwards = 0

    /// The floats of a sample: batch × channels × length.
    public var sampleCount: Int { session.plan.sampleCount }

    /// The most draws of a loop, but for the noise with which it begins.
    public var draws: Int { schedule.draws(holding: held, resampling) }

    /// Prepares loops of a number of steps. Allocates, and touches all memory.
    ///
    /// - Parameters:
    ///   - session: its selected shape is that of the sample.
    ///   - scheduler: a scheduler of the library's, or one read from a file.
    ///   - steps: model evaluations of a loop that starts from noise.
    ///   - options: noise and rounding.
    /// - Throws: `SamplingError` for a number of steps that gives no schedule, a model whose output is no sample, noise that
    ///   does not fit, and memory that cannot be had.
    public init(
        session: consuming Session, scheduler: some DenoisingScheduler, steps: Int, options: Options = Options()
    ) throws(SamplingError) {
        let plan = session.plan
        let schedule = try rethrowing(
            scheduler.prepare(steps: steps, precision: options.precision), as: SamplingError.scheduler)
        try Self.check(plan, schedule)
        try Self.check(wholeForwardEvery: options.wholeForwardEvery, plan)
        let elements = plan.sampleCount / plan.shape.batch
        let memory = try rethrowing(
            LoopMemory(
                count: plan.sampleCount, outputCount: plan.outputCount, batch: plan.shape.batch,
                timesteps: plan.shape.timesteps, hasGradients: plan.isDifferentiated,
                kernel: plan.implementation.table.step),
            as: SamplingError.init)
        let noise = try rethrowing(
            NoiseStream(
                options.noise, batch: plan.shape.batch, elements: elements, draws: schedule.draws(holding: nil, .none)),
            as: SamplingError.noise)
        var session = session
        table = try rethrowing(Self.table(&session, schedule, options, memory), as: SamplingError.init)
        self.memory = memory
        self.noise = noise
        self.session = session
        self.schedule = schedule
        self.scheduler = scheduler
        self.options = options
    }

    /// Prepares loops of another number of steps. Allocates.
    ///
    /// - Throws: `SamplingError.scheduler`, `SamplingError.output`, and `SamplingError.noise` where given numbers do not
    ///   suffice; the sampler then stays as it was.
    public mutating func prepare(steps: Int) throws(SamplingError) {
        let other = try rethrowing(
            scheduler.prepare(steps: steps, precision: options.precision), as: SamplingError.scheduler)
        try Self.check(session.plan, other)
        try rethrowing(noise.check(draws: other.draws(holding: held, resampling)), as: SamplingError.noise)
        table = try rethrowing(Self.table(&session, other, options, memory), as: SamplingError.init)
        schedule = other
    }

    /// sample = the loop from noise, of `schedule`'s steps. Allocates nothing.
    ///
    /// - Parameters:
    ///   - noise: standard normal numbers, as `plan.sampleShape` says.
    ///   - output: the sample, of the same shape. May share memory with the noise.
    /// - Precondition: the counts are those of the plan.
    public mutating func callAsFunction(noise: Span<Float>, into output: inout MutableSpan<Float>) {
        begin(with: noise)
        run(from: 0, into: &output)
    }

    /// sample = the loop from noise, which `observe` sees after each step and may end. Allocates nothing itself.
    ///
    /// - Parameters:
    ///   - noise: standard normal numbers, as `plan.sampleShape` says.
    ///   - output: the sample. A loop that was ended leaves the state of its last step there.
    ///   - observe: is given the step's index in the schedule, its timestep, the sample after it and the estimate of the
    ///     clean sample, both in diffusers' scale, to be read until it returns; false ends the loop before the next forward.
    /// - Returns: whether the loop came to its end.
    /// - Precondition: the counts are those of the plan.
    @discardableResult
    public mutating func callAsFunction(
        noise: Span<Float>, into output: inout MutableSpan<Float>,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool
    ) -> Bool {
        begin(with: noise)
        return run(from: 0, into: &output, isObserved: true, observe: observe)
    }

    /// sample = the loop from noise that the sampler draws from `options.noise` itself, before that of its steps: the order
    /// in which diffusers' pipelines draw from a generator. Allocates nothing.
    ///
    /// - Parameter output: the sample, as `plan.sampleShape` says.
    /// - Precondition: the count is that of the plan. Given numbers suffice for a draw more than `draws`.
    public mutating func callAsFunction(into output: inout MutableSpan<Float>) {
        begin(with: nil)
        run(from: 0, into: &output)
    }

    /// sample = the loop from noise that the sampler draws itself, which `observe` sees after each step and may end. Allocates
    /// nothing itself.
    ///
    /// - Parameters:
    ///   - output: the sample. A loop that was ended leaves the state of its last step there.
    ///   - observe: as for a loop from given noise.
    /// - Returns: whether the loop came to its end.
    /// - Precondition: the count is that of the plan. Given numbers suffice for a draw more than `draws`.
    @discardableResult
    public mutating func callAsFunction(
        into output: inout MutableSpan<Float>,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool
    ) -> Bool {
        begin(with: nil)
        return run(from: 0, into: &output, isObserved: true, observe: observe)
    }

    /// Starts the draws of the loops to come anew, from a source. Allocates.
    ///
    /// - Throws: `SamplingError.noise` for a source that does not fit; the sampler then stays as it was.
    public mutating func restart(noise source: NoiseSource) throws(SamplingError) {
        noise = try rethrowing(
            NoiseStream(
                source, batch: noise.batch, elements: noise.elements, draws: schedule.draws(holding: held, resampling)),
            as: SamplingError.noise)
    }

    /// sample = the loop from a given sample, to which noise of the level of a later step is added: the less, the smaller
    /// `strength` is. Source: diffusers' image-to-image pipelines. Allocates nothing.
    ///
    /// - Parameters:
    ///   - sample: as `plan.sampleShape` says, such as audio to be changed.
    ///   - strength: 0 ... 1: the share of the schedule's steps that run. 0 gives the sample itself.
    ///   - noise: standard normal numbers of the same shape; nil: drawn from `options.noise`.
    ///   - output: the changed sample.
    /// - Precondition: the counts are those of the plan, and the strength is 0 ... 1. Given numbers suffice for a draw more than
    ///   `draws` where no noise is given.
    public mutating func callAsFunction(
        sample: Span<Float>, strength: Double, noise: Span<Float>? = nil, into output: inout MutableSpan<Float>
    ) {
        run(from: begin(with: sample, strength: strength, noise: noise), into: &output)
    }

    /// sample = the loop from a given sample, as above, which `observe` sees after each step and may end. Allocates nothing
    /// itself.
    ///
    /// - Parameters:
    ///   - sample: as `plan.sampleShape` says, such as audio to be changed.
    ///   - strength: 0 ... 1: the share of the schedule's steps that run. 0 gives the sample itself.
    ///   - noise: standard normal numbers of the same shape; nil: drawn from `options.noise`.
    ///   - output: the changed sample. A loop that was ended leaves the state of its last step there.
    ///   - observe: as for a loop from noise.
    /// - Returns: whether the loop came to its end.
    /// - Precondition: as above.
    @discardableResult
    public mutating func callAsFunction(
        sample: Span<Float>, strength: Double, noise: Span<Float>? = nil, into output: inout MutableSpan<Float>,
        observe: (_ index: Int, _ timestep: Double, _ sample: Span<Float>, _ estimate: Span<Float>) -> Bool
    ) -> Bool {
        let first = begin(with: sample, strength: strength, noise: noise)
        return run(from: first, into: &output, isObserved: true, observe: observe)
    }
}

extension Sampler {
    /// Makes the first sample of noise; nil: drawn.
    mutating func begin(with noise: Span<Float>?) {
        self.noise.rewindGivenNumbers()
        let level = NoiseLevel(signal: 0, noise: schedule.initialNoiseScale)
        if let noise { return add(nil, noise, level, to: memory.sample) }
        draw()
        add(nil, memory.noise, level, to: memory.sample)
    }

    /// Makes the first sample of a given one and noise; gives the step with which the loop begins.
    private mutating func begin(with sample: Span<Float>, strength: Double, noise: Span<Float>?) -> Int {
        self.noise.rewindGivenNumbers()
        let first = schedule.firstStep(strength: strength)
        let level = first < schedule.count ? schedule[first].before : .clean
        if let noise {
            add(sample, noise, level, to: memory.sample)
        } else {
            draw()
            let drawn = UnsafeBufferPointer(start: UnsafePointer(memory.noise), count: sampleCount)
            add(sample, drawn.span, level, to: memory.sample)
        }
        return first
    }

    /// Checks that there are short forwards where some are asked for.
    private static func check(wholeForwardEvery every: Int, _ plan: Plan) throws(SamplingError) {
        guard every >= 1 else {
            throw .values(
                name: "wholeForwardEvery", found: "\(every)", expected: "1 or more; 1: every forward is whole")
        }
        guard every == 1 || plan.shortLevels != nil else {
            throw .values(
                name: "wholeForwardEvery", found: "\(every) with a session of whole forwards alone",
                expected: plan.isDifferentiated
                    ? "1: forwards with gradients are whole"
                    : "1, or a session whose options.shortLevels says what a short forward computes")
        }
    }

    /// Checks that the model's output is what the steps read.
    private static func check(_ plan: Plan, _ schedule: Schedule) throws(SamplingError) {
        var expected = plan.sampleShape
        if schedule.readsVariance { expected[1] *= 2 }
        guard plan.outputShape != expected else { return }
        let doubled = plan.outputShape.count == 3 && plan.outputShape[1] == 2 * plan.sampleShape[1]
        throw .output(
            shape: plan.outputShape, expected: expected,
            remedy: schedule.readsVariance
                ? "use a scheduler whose variance is fixed"
                : doubled
                    ? "the model predicts variances too: use a DDPMScheduler with variance_type learned_range"
                    : "use a model whose output has the shape of its sample")
    }
}

extension SamplingError {
    init(_ error: MemoryError) { self = .model(.memory(error)) }
}
