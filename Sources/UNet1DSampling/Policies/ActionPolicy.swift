public import UNet1D

/// Plans chunks of actions from observations, as a robot policy of LeRobot or Diffusion Policy does: a denoising loop under an
/// observation, of whose plan the first actions are carried out.
///
/// ```swift
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// var policy = try ActionPolicy(folder: "checkpoints/pusht", pool: pool)
/// var observation = [Float](repeating: 0, count: policy.observationCount)
/// var actions = [Float](repeating: 0, count: policy.actionCount)
/// var chunk = actions.mutableSpan
/// let outcome = policy(observation: observation.span, actions: &chunk)
/// print(outcome.steps, outcome.isComplete)
/// ```
///
/// Making a policy and `prepare` allocate. A plan allocates nothing, throws nothing and blocks on nothing but the session's
/// workers: what depends on the observation alone is computed once a plan, and what depends on the timestep alone once for
/// all plans. Encoders of pictures are outside: their numbers are part of the observation.
///
/// Source: lerobot 0.4, policies/diffusion/modeling_diffusion.py, `generate_actions`.
public struct ActionPolicy: ~Copyable, Sendable {
    /// What decides plans besides the policy itself.
    public struct Options: Sendable, Equatable {
        /// Steps of a loop; nil: as the policy's configuration says.
        public var steps: Int?
        /// The noise with which loops begin, and that of steps which draw some.
        public var noise: NoiseSource
        /// The share of the steps, above 0, to 1, that run on the end of the last plan, moved to the front, where there is one; nil:
        /// every plan begins with noise.
        public var warmStart: Double?

        /// Options, with their defaults.
        public init(steps: Int? = nil, noise: NoiseSource = .philox(seed: 0), warmStart: Double? = nil) {
            self.steps = steps
            self.noise = noise
            self.warmStart = warmStart
        }
    }

    /// How a plan came about.
    public struct Outcome: Sendable, Equatable {
        /// Steps that ran.
        public let steps: Int
        /// Whether all of them did; else the actions are those of the estimate after the last that fitted.
        public let isComplete: Bool
    }

    private var sampler: Sampler
    /// How numbers are scaled.
    public let scaling: PolicyScaling
    /// Observations that a plan is made from.
    public let observationSteps: Int
    /// Actions of a plan that are carried out.
    public let actionSteps: Int
    private let warmStart: Double?
    private var memory: PolicyMemory
    /// Whether there is a plan before this one.
    private var hasPlan = false

    /// Opens a policy's folder, as LeRobot's `save_pretrained` writes it, with its scheduler and its statistics. Allocates;
    /// blocks on the disk.
    ///
    /// - Parameters:
    ///   - folder: with config.json of type "diffusion", model.safetensors, and the processors' files, unless the statistics
    ///     are among the weights as in versions before 0.4.
    ///   - pool: the workers, which others may share.
    ///   - batch: plans at once.
    ///   - options: steps, noise, warm start.
    ///   - sessionOptions: instruction set, precision, memory.
    /// - Throws: `SamplingError` with file, field and remedy.
    public init(
        folder: String, pool: WorkerPool, batch: Int = 1, options: Options = Options(),
        sessionOptions: Session.Options = Session.Options()
    ) throws(SamplingError) {
        let found = try PolicyFolder(folder)
        let model = try rethrowing(UNet1DModel(directory: folder), as: SamplingError.model)
        let horizon = found.policy.network.horizon ?? 16
        let session = try rethrowing(
            Session(
                model: model, shape: ForwardShape(batch: batch, length: horizon), pool: pool, options: sessionOptions),
            as: SamplingError.model)
        var options = options
        options.steps = options.steps ?? found.policy.inferenceSteps ?? found.policy.trainingSteps
        try self.init(
            session: session, scheduler: found.scheduler, observationSteps: found.policy.observationSteps,
            actionSteps: found.policy.actionSteps, scaling: found.scaling, options: options)
    }

    /// Prepares plans of a session's network. Allocates, and touches all memory.
    ///
    /// - Parameters:
    ///   - session: of a `ConditionalUnet1D` with a global condition, and no local one.
    ///   - scheduler: the policy's.
    ///   - observationSteps: observations that a plan is made from; the global condition is that many of them.
    ///   - actionSteps: actions that are carried out, from that of the last observation on.
    ///   - scaling: a line for each number of an observation, and for each of an action.
    ///   - options: steps (nil: 100), noise, warm start.
    /// - Throws: `SamplingError` for numbers that do not go together, and what a `Sampler` throws.
    public init(
        session: consuming Session, scheduler: some DenoisingScheduler, observationSteps: Int, actionSteps: Int,
        scaling: PolicyScaling, options: Options = Options()
    ) throws(SamplingError) {
        let plan = session.plan
        let conditions = plan.conditionShapes
        guard let global = conditions.global, conditions.local == nil else {
            throw .values(
                name: "session",
                found: "a model with conditions of shapes \(conditions.global ?? []) and \(conditions.local ?? [])",
                expected: "a robot policy's network that reads a global condition alone")
        }
        guard observationSteps >= 1, global[1] % observationSteps == 0,
            global[1] / observationSteps == scaling.observation.count
        else {
            throw .values(
                name: "scaling.observation", found: "\(observationSteps) × \(scaling.observation.count) numbers",
                expected: "\(global[1]), the width of the global condition")
        }
        let (length, width) = (plan.sampleShape[1], plan.sampleShape[2])
        guard width == scaling.action.count else {
            throw .values(
                name: "scaling.action", found: "\(scaling.action.count) numbers",
                expected: "\(width), those of an action")
        }
        guard actionSteps >= 1, observationSteps <= length, actionSteps <= length - (observationSteps - 1) else {
            throw .values(
                name: "actionSteps", found: "\(actionSteps) after \(observationSteps - 1)",
                expected: "at most the \(length) positions of a plan")
        }
        if let share = options.warmStart, !(share > 0 && share <= 1) {
            throw .values(name: "warmStart", found: "\(share)", expected: "above 0, to 1; or nil")
        }
        for line in scaling.observation + scaling.action where !(line.factor.isFinite && line.factor != 0) {
            throw .values(name: "scaling", found: "a factor of \(line.factor)", expected: "finite numbers other than 0")
        }
        let sampler = try Sampler(
            session: session, scheduler: scheduler, steps: options.steps ?? 100,
            options: Sampler.Options(noise: options.noise))
        self.sampler = sampler
        memory = PolicyMemory(condition: global[0] * global[1], sample: plan.sampleCount)
        self.scaling = scaling
        self.observationSteps = observationSteps
        self.actionSteps = actionSteps
        warmStart = options.warmStart
    }

    /// (batch, positions, numbers of an action) of a whole plan.
    public var planShape: [Int] { sampler.session.plan.sampleShape }
    /// Floats of an observation: batch × observation steps × numbers.
    public var observationCount: Int { planShape[0] * observationSteps * scaling.observation.count }
    /// Floats of a chunk: batch × action steps × numbers.
    public var actionCount: Int { planShape[0] * actionSteps * scaling.action.count }
    /// What the network's forward does.
    public var plan: Plan { sampler.session.plan }

    /// Forgets the last plan, so that the next one begins with noise: for a new episode.
    public mutating func reset() { hasPlan = false }

    /// Plans, and gives the chunk of actions to carry out. Allocates nothing.
    ///
    /// - Parameters:
    ///   - observation: (batch, observation steps, numbers), the oldest first, unscaled.
    ///   - noise: standard normal numbers of `planShape` with which the loop begins; nil: drawn from `options.noise`, of which
    ///     given numbers must suffice for a draw more than the steps'.
    ///   - deadline: when the actions must be there: a step that would end after it, by the longest step of this plan, is not
    ///     begun. The first one always is.
    ///   - actions: (batch, action steps, numbers), unscaled.
    /// - Returns: how many steps ran.
    /// - Precondition: the counts are those above.
    @discardableResult
    public mutating func callAsFunction(
        observation: Span<Float>, noise: Span<Float>? = nil, deadline: ContinuousClock.Instant? = nil,
        actions: inout MutableSpan<Float>
    ) -> Outcome {
        precondition(observation.count == observationCount, "the observation's count is not observationCount")
        precondition(actions.count == actionCount, "the actions' count is not actionCount")
        scale(observation)
        sampler.setCondition(global: UnsafeBufferPointer(memory.condition).span)
        let outcome = run(noise, until: deadline)
        write(&actions)
        hasPlan = true
        return outcome
    }

    /// The loop, into `memory.plan`.
    private mutating func run(_ noise: Span<Float>?, until deadline: ContinuousClock.Instant?) -> Outcome {
        // The loop writes its sample to the plan when it ends: the estimate waits beside it. What the observer changes is in
        // memory of its own, as variables that a function captures would be on the heap.
        let (best, tick) = (memory.best, memory.tick)
        tick.pointee = PolicyTick(deadline: deadline, last: .now)
        var output = memory.plan.mutableSpan
        func observe(_: Int, _: Double, _: Span<Float>, _ estimate: Span<Float>) -> Bool {
            if tick.pointee.goesOn() { return true }
            for i in 0..<estimate.count { best[i] = estimate[i] }
            return false
        }
        let isComplete: Bool
        if let warmStart, hasPlan {
            moveForward()
            isComplete = sampler(
                sample: UnsafeBufferPointer(memory.moved).span, strength: warmStart, noise: noise, into: &output,
                observe: observe)
        } else if let noise {
            isComplete = sampler(noise: noise, into: &output, observe: observe)
        } else {
            isComplete = sampler(into: &output, observe: observe)
        }
        if !isComplete { for i in 0..<best.count { memory.plan[i] = best[i] } }
        return Outcome(steps: tick.pointee.steps, isComplete: isComplete)
    }

    private func scale(_ observation: Span<Float>) {
        let width = scaling.observation.count
        for i in 0..<observation.count {
            let line = scaling.observation[i % width]
            memory.condition[i] = Float(Double(observation[i]) * line.factor + line.summand)
        }
    }

    /// The last plan, moved by the actions that were carried out; its last position is repeated.
    private func moveForward() {
        let (batch, length, width) = (planShape[0], planShape[1], planShape[2])
        for element in 0..<batch {
            for position in 0..<length {
                let from = min(position + actionSteps, length - 1)
                for i in 0..<width {
                    memory.moved[(element * length + position) * width + i] =
                        memory.plan[(element * length + from) * width + i]
                }
            }
        }
    }

    private func write(_ actions: inout MutableSpan<Float>) {
        let (batch, length, width) = (planShape[0], planShape[1], planShape[2])
        for element in 0..<batch {
            for step in 0..<actionSteps {
                for i in 0..<width {
                    let line = scaling.action[i]
                    let value = Double(memory.plan[(element * length + observationSteps - 1 + step) * width + i])
                    actions[(element * actionSteps + step) * width + i] = Float((value - line.summand) / line.factor)
                }
            }
        }
    }
}

/// The tensors of plans beside those of the sampler.
///
/// Not private: modules that destroy a policy refer to it in optimised builds, and the linker (Swift 6.3.1) would not find it.
struct PolicyMemory: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: the memory is this value's own.

    let condition: UnsafeMutableBufferPointer<Float>
    /// The plan, and the last one, moved.
    let plan: UnsafeMutableBufferPointer<Float>
    let moved: UnsafeMutableBufferPointer<Float>
    /// The estimate after the last step that fitted.
    let best: UnsafeMutableBufferPointer<Float>
    /// What is known of the loop that runs.
    let tick: UnsafeMutablePointer<PolicyTick>

    init(condition: Int, sample: Int) {
        func floats(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
            let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            memory.initialize(repeating: 0)
            return memory
        }
        self.condition = floats(condition)
        plan = floats(sample)
        moved = floats(sample)
        best = floats(sample)
        tick = .allocate(capacity: 1)
        tick.initialize(to: PolicyTick(deadline: .now + .seconds(1), last: .now))
        // The clock's code is loaded before the first plan.
        _ = tick.pointee.goesOn()
    }

    deinit {
        condition.deallocate()
        plan.deallocate()
        moved.deallocate()
        best.deallocate()
        tick.deallocate()
    }
}

/// A loop under a deadline, as far as it has come.
struct PolicyTick {
    var deadline: ContinuousClock.Instant?
    var last: ContinuousClock.Instant
    var longest = Duration.zero
    var steps = 0

    /// Notes that a step has ended; whether another one as long as the longest fits.
    mutating func goesOn() -> Bool {
        steps += 1
        guard let deadline else { return true }
        let now = ContinuousClock.now
        longest = max(longest, now - last)
        last = now
        return now + longest <= deadline
    }
}
