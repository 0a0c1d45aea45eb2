import Glibc
public import UNet1D

/// Plans by denoising, moved along the gradient of a value function before every step.
///
/// ```swift
/// let unet = try UNet1DModel(directory: "hopper/unet")
/// let values = try UNet1DModel(directory: "hopper/value_function")
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// let planner = try Session(model: unet, shape: ForwardShape(batch: 64, length: 32), pool: pool)
/// let value = try GradientSession(
///     model: values, shape: ForwardShape(batch: 64, length: 32, timesteps: 64), pool: pool)
/// let scheduler = try Scheduler(contentsOf: "hopper/scheduler/scheduler_config.json")
/// let scaling = try PlanScaling(contentsOf: "hopper/scaling.json")  // the dataset's means and deviations
/// var guided = try GuidedPlanner(
///     planner: planner, value: value, scheduler: scheduler, steps: 20, actions: 3,
///     options: GuidedPlanner.Options(scaling: scaling))
/// let observation = [Float](repeating: 0, count: guided.observationCount)
/// var action = [Float](repeating: 0, count: guided.actionCount)
/// var span = action.mutableSpan
/// guided(observation: observation.span, action: &span)
/// ```
///
/// A sample is a batch of plans, (batch, channels, length): the first channels are actions, the others observations. The
/// observation is held at position 0 throughout. Making a planner allocates; planning allocates nothing, throws nothing and
/// blocks on nothing but the sessions' workers. It gives the same bits for any number of workers.
///
/// Source: Janner and others, "Planning with Diffusion for Flexible Behavior Synthesis", 2022; diffusers 0.26.3,
/// value_guided_sampling.py, ValueGuidedRLPipeline.
public struct GuidedPlanner: ~Copyable, Sendable {
    /// What decides how plans are guided.
    public struct Options: Sendable, Equatable {
        /// How often plans are moved before each step, at least 1.
        public var guidanceSteps: Int
        /// By how much of the gradient they are moved.
        public var scale: Double
        /// Whether the gradient is multiplied by exp(½ · variance) of a `DDPMScheduler`'s step, as the reference does. The factor
        /// is 1 for other schedulers, and for a step that draws no noise.
        public var scalesByVariance: Bool
        /// The least timestep at which plans are moved.
        public var leastGuidedTimestep: Double
        /// The noise with which planning begins, and that of its steps.
        public var noise: NoiseSource
        /// The means and deviations of the dataset's observations and actions. The planner computes (observation − mean) /
        /// deviation before it plans, and the inverse of the chosen action. The default scales nothing, which is right for a
        /// model of raw numbers alone.
        public var scaling: PlanScaling

        /// Options. The defaults of the first four are the reference's; noise is Philox's with seed 0, and nothing is scaled.
        public init(
            guidanceSteps: Int = 2, scale: Double = 0.1, scalesByVariance: Bool = true, leastGuidedTimestep: Double = 2,
            noise: NoiseSource = .philox(seed: 0), scaling: PlanScaling = PlanScaling()
        ) {
            self.guidanceSteps = guidanceSteps
            self.scale = scale
            self.scalesByVariance = scalesByVariance
            self.leastGuidedTimestep = leastGuidedTimestep
            self.noise = noise
            self.scaling = scaling
        }
    }

    var sampler: Sampler
    private var value: GradientSession
    let options: Options
    let actions: Int
    private let scheduler: any DenoisingScheduler
    let memory: PlanMemory
    /// The factor of the gradient at each step.
    private var deviations: [Float]

    /// Prepares planning of a number of steps. Allocates, and touches all memory.
    ///
    /// - Parameters:
    ///   - planner: its selected shape is that of the plans.
    ///   - value: the value function's. Its sample has the planner's shape, and its `timesteps` are as many as the batch.
    ///   - scheduler: with the noise and the prediction with which the planner was trained: read it from the checkpoint.
    ///   - steps: of the denoising loop.
    ///   - actions: the dimensions of an action, at least 1 and fewer than a plan has channels.
    ///   - options: guidance, noise, scaling.
    /// - Throws: `SamplingError` for what does not fit.
    public init(
        planner: consuming Session, value: consuming GradientSession, scheduler: some DenoisingScheduler, steps: Int,
        actions: Int, options: Options = Options()
    ) throws(SamplingError) {
        let shape = planner.plan.sampleShape
        guard planner.plan.conditionShapes.isEmpty, value.plan.conditionShapes.isEmpty else {
            throw .values(
                name: "planner", found: "a robot policy's network, which reads an observation",
                expected: "a planner of diffusers; plan with ActionPolicy")
        }
        guard value.plan.sampleShape == shape, value.plan.outputShape == [shape[0], 1] else {
            throw .values(
                name: "value function",
                found: "plans of shape \(value.plan.sampleShape) with values \(value.plan.outputShape)",
                expected: "\(shape), those of the planner, and a value for each")
        }
        guard 1..<shape[1] ~= actions else {
            throw .values(
                name: "actions", found: "\(actions)", expected: "1 to \(shape[1] - 1), fewer than a plan's channels")
        }
        guard options.guidanceSteps >= 1 else {
            throw .values(name: "guidanceSteps", found: "\(options.guidanceSteps)", expected: "1 or more")
        }
        guard Float(options.scale).isFinite else {
            throw .values(name: "scale", found: "\(options.scale)", expected: "a finite number")
        }
        guard !options.leastGuidedTimestep.isNaN else {
            throw .values(name: "leastGuidedTimestep", found: "NaN", expected: "a number; infinity: no step is guided")
        }
        try options.scaling.check(observations: shape[1] - actions, actions: actions)
        let memory = try rethrowing(
            PlanMemory(batch: shape[0], elements: shape[1] * shape[2]), as: SamplingError.init)
        var sampler = try Sampler(
            session: planner, scheduler: scheduler, steps: steps, options: Sampler.Options(noise: options.noise))
        try sampler.hold(
            HeldValues(
                [Float](repeating: 0, count: shape.reduce(1, *)), shape: shape, channels: actions..<shape[1],
                positions: [0..<1], level: .exact))
        deviations = Self.deviations(sampler.schedule, scheduler, options)
        self.memory = memory
        self.sampler = sampler
        self.value = value
        self.options = options
        self.actions = actions
        self.scheduler = scheduler
    }

    /// (batch, channels, length) of the plans.
    public var sampleShape: [Int] { sampler.session.plan.sampleShape }
    /// Floats of an observation.
    public var observationCount: Int { sampleShape[1] - actions }
    /// Floats of an action.
    public var actionCount: Int { actions }
    /// Steps of a plan's loop; a scheduler may make more of them, or fewer, than were requested.
    public var stepCount: Int { sampler.schedule.count }
    /// The most draws of noise in a plan, but for the noise with which it begins.
    public var draws: Int { sampler.draws }

    /// Prepares planning of another number of steps. Allocates.
    ///
    /// - Throws: `SamplingError.scheduler`, `SamplingError.noise`; the planner then stays as it was.
    public mutating func prepare(steps: Int) throws(SamplingError) {
        try sampler.prepare(steps: steps)
        deviations = Self.deviations(sampler.schedule, scheduler, options)
    }

    /// Starts the draws of noise anew, from a source. Allocates.
    ///
    /// - Throws: `SamplingError.noise` for a source that does not fit.
    public mutating func restart(noise: NoiseSource) throws(SamplingError) { try sampler.restart(noise: noise) }

    /// action = the first of the best plan, scaled back. Allocates nothing.
    ///
    /// - Parameters:
    ///   - observation: `observationCount` numbers, as the environment gives them.
    ///   - noise: standard normal numbers of `sampleShape`; nil: drawn from `options.noise`.
    ///   - action: `actionCount` numbers.
    /// - Precondition: the counts are right. Where `options.noise` is given numbers, they suffice for `draws`, and for one draw
    ///   more if `noise` is nil.
    public mutating func callAsFunction(
        observation: Span<Float>, noise: Span<Float>? = nil, action: inout MutableSpan<Float>
    ) {
        precondition(action.count == actions, "the action's count is not actionCount")
        plan(observation, noise)
        action.withUnsafeMutableBufferPointer { copyAction(to: $0) }
    }

    /// plans = all plans, the best first, and their values, in the scaled numbers that the models read. Allocates nothing.
    ///
    /// - Parameters:
    ///   - observation: `observationCount` numbers, as the environment gives them.
    ///   - noise: standard normal numbers of `sampleShape`; nil: drawn from `options.noise`.
    ///   - plans: of `sampleShape`.
    ///   - values: a number for each plan: what the value function says of it before the last step.
    /// - Precondition: the counts are right. Where `options.noise` is given numbers, they suffice for `draws`, and for one draw
    ///   more if `noise` is nil.
    public mutating func callAsFunction(
        observation: Span<Float>, noise: Span<Float>? = nil, plans: inout MutableSpan<Float>,
        values: inout MutableSpan<Float>
    ) {
        precondition(
            plans.count == sampler.sampleCount && values.count == sampleShape[0],
            "the counts are not those of sampleShape")
        plan(observation, noise)
        plans.withUnsafeMutableBufferPointer { copyPlans(to: $0) }
        values.withUnsafeMutableBufferPointer { copyValues(to: $0) }
    }

    // MARK: - Planning

    /// Plans, and orders the plans by value.
    mutating func plan(_ observation: Span<Float>, _ noise: Span<Float>?) {
        precondition(observation.count == observationCount, "the observation's count is not observationCount")
        hold(observation)
        sampler.begin(with: noise)
        let plans = UnsafeMutableBufferPointer(start: memory.plans, count: sampler.sampleCount)
        var output = plans.mutableSpan
        Self.run(&sampler, &value, memory, options, deviations, into: &output)
        memory.sort()
    }

    /// The loop, guided. The two sessions are parts of one planner, to which a closure could not have access while the loop
    /// has it.
    private static func run(
        _ sampler: inout Sampler, _ value: inout GradientSession, _ memory: borrowing PlanMemory, _ options: Options,
        _ deviations: [Float], into output: inout MutableSpan<Float>
    ) {
        let last = sampler.schedule.count - 1
        _ = sampler.run(
            from: 0, into: &output, isObserved: false,
            guiding: { index, timesteps, sample, sampler in
                let isGuided = timesteps[0] >= options.leastGuidedTimestep
                // What is not moved has the same value each time.
                let repetitions = isGuided ? options.guidanceSteps : index == last ? 1 : 0
                for _ in 0..<repetitions {
                    for i in 0..<value.counts.timesteps { memory.timesteps[i] = timesteps[0] }
                    value.run(
                        GradientEnds(
                            sample: UnsafePointer(sample), timesteps: UnsafePointer(memory.timesteps),
                            output: memory.values, gradient: memory.gradient),
                        cotangent: nil)
                    guard isGuided else { continue }
                    sampler.add(
                        UnsafePointer(sample), UnsafePointer(memory.gradient),
                        NoiseLevel(signal: 1, noise: options.scale * Double(deviations[index])), to: sample)
                    sampler.putHeldValues(at: .clean, in: sample)
                }
            }, observe: { _, _, _, _ in true })
    }

    /// Puts the scaled observation where plans begin.
    private mutating func hold(_ observation: Span<Float>) {
        let (batch, channels, length) = (sampleShape[0], sampleShape[1], sampleShape[2])
        for dimension in 0..<channels - actions {
            let scaled = options.scaling.observations.scaled(observation[dimension], dimension)
            for element in 0..<batch {
                sampler.held!.values[(element * channels + actions + dimension) * length] = scaled
            }
        }
    }

    /// exp(½ · variance) of each step, the variance as the reference has it; 1 where the scheduler draws no noise.
    private static func deviations(
        _ schedule: Schedule, _ scheduler: any DenoisingScheduler, _ options: Options
    ) -> [Float] {
        let ddpm = scheduler as? DDPMScheduler ?? (scheduler as? Scheduler)?.base as? DDPMScheduler
        return (0..<schedule.count).map { index in
            guard options.scalesByVariance, let ddpm, case .scaled(let deviation) = schedule[index].noise else {
                return 1
            }
            return Float(exp(0.5 * ddpm.referenceVariance(deviation: deviation)))
        }
    }
}
