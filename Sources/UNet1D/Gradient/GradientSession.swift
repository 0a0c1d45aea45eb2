public import Planning
import Memory
public import Workers

/// A model's output and the gradient with respect to its sample: a vector-Jacobian product, allocation-free.
///
/// ```swift
/// let shape = ForwardShape(batch: 64, length: 32, timesteps: 64)
/// var session = try GradientSession(model: model, shape: shape, pool: pool)
/// var values = [Float](repeating: 0, count: session.plan.outputShape.reduce(1, *))
/// var gradient = [Float](repeating: 0, count: session.plan.sampleShape.reduce(1, *))
/// var output = values.mutableSpan
/// var slope = gradient.mutableSpan
/// session.valueAndGradient(sample: sample.scalars.span, timestep: steps[0], output: &output, gradient: &slope)
/// ```
///
/// Use it to guide plans along a value function, or samples towards a measurement. It keeps the promises of ``Session``: the
/// initialisers and `prepare` allocate and touch all memory, a call allocates nothing and blocks on nothing but its own
/// workers, and its bits are equal for any number of workers. The output has the bits of a ``Session``.
///
/// An output with its gradient takes 2 to 2.3 times a forward, and twice the memory for weights. Where no gradient is needed
/// use a ``Session``. Weights and timesteps get no gradient: this is not for training.
public struct GradientSession: ~Copyable, Sendable {
    private var session: Session
    /// A cotangent of ones for the largest output.
    private var ones: MappedMemory

    /// Makes a session for one shape, as `Session` does.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shape: batch, length and timesteps.
    ///   - pool: the workers, which sessions may share; the caller is one of them.
    ///   - options: instruction set, accuracy, memory; `shortLevels` has no effect.
    ///   - arena: memory for the activations, of the `arenaBytes` of a `GradientPlan`; those of a `Plan` are too few. Nil: the
    ///     session maps its own.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shape: ForwardShape, pool: WorkerPool, options: Session.Options = Session.Options(),
        arena: UnsafeMutableRawBufferPointer? = nil
    ) throws(UNet1DError) {
        try self.init(model: model, shapes: [shape], pool: pool, options: options, arena: arena)
    }

    /// Makes a session for several shapes, which share one arena; the first is selected.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shapes: at least one; repetitions count once.
    ///   - pool: the workers, which sessions may share; the caller is one of them.
    ///   - options: instruction set, accuracy, memory; `shortLevels` has no effect.
    ///   - arena: as many bytes as the largest plan's `arenaBytes`. Nil: the session maps its own.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shapes: [ForwardShape], pool: WorkerPool, options: Session.Options = Session.Options(),
        arena: UnsafeMutableRawBufferPointer? = nil
    ) throws(UNet1DError) {
        let session = try Session(
            model: model, shapes: shapes, pool: pool, options: options, arena: arena, differentiated: true)
        ones = try Self.ones(session.prepared.plans)
        self.session = session
    }

    /// Makes a session of a plan, with each buffer in guarded pages of its own where `guarded`.
    package init(
        model: UNet1DModel, plan: GradientPlan, pool: WorkerPool, guarded: Bool = false
    ) throws(UNet1DError) {
        let session = try Session(model: model, plan: plan.plan, pool: pool, guarded: guarded)
        ones = try Self.ones(session.prepared.plans)
        self.session = session
    }

    private static func ones(_ plans: [Plan]) throws(UNet1DError) -> MappedMemory {
        let count = plans.reduce(1) { max($0, $1.outputCount) }
        do throws(MemoryError) {
            let memory = try MappedMemory(touchedBytes: count * MemoryLayout<Float>.stride)
            memory.base.bindMemory(to: Float.self, capacity: count).update(repeating: 1, count: count)
            return memory
        } catch {
            throw .memory(error)
        }
    }

    /// The workers that the session uses.
    public var pool: WorkerPool { session.pool }
    /// What a call does for the selected shape.
    public var plan: GradientPlan { GradientPlan(plan: session.plan) }
    /// The shapes that the session is prepared for.
    public var shapes: [ForwardShape] { session.shapes }
    /// Bytes of the arena, of all workers' scratch and of a cotangent of ones; without the packed weights, and without memory
    /// that the caller brought.
    public var memoryBytes: Int { session.memoryBytes + ones.bytes }

    /// Lets the next calls compute another of the prepared shapes. Allocates nothing.
    ///
    /// - Throws: `UNet1DError.shape` for a shape that the session is not prepared for.
    public mutating func select(_ shape: ForwardShape) throws(UNet1DError) { try session.select(shape) }

    /// Sets what calls for the selected shape read besides sample and timestep, as `Session.setCondition` does. Allocates
    /// nothing.
    ///
    /// - Parameters:
    ///   - global: (batch, width); empty where the model reads none.
    ///   - local: (batch, length, width); empty where the model reads none.
    /// - Precondition: the counts are those of the plan's `conditionShapes`.
    public mutating func setCondition(global: Span<Float> = Span(), local: Span<Float> = Span()) {
        session.setCondition(global: global, local: local)
    }

    /// Elements of the observation that the selected shape reads.
    package var conditionCounts: (global: Int, local: Int) { session.conditionCounts }

    /// Sets the condition from memory whose counts the caller has compared.
    package mutating func setCondition(uncheckedGlobal global: UnsafePointer<Float>?, local: UnsafePointer<Float>?) {
        session.setCondition(uncheckedGlobal: global, local: local)
    }

    /// Whether calls for the selected shape have all that they read; see `Session.isConditioned`.
    public var isConditioned: Bool { session.isConditioned }

    /// Prepares the session for another shape too, as `Session.prepare` does; which one is selected stays. Allocates.
    ///
    /// - Throws: any `UNet1DError` but `workers` and `timestep`; the session then stays as it was.
    public mutating func prepare(_ shape: ForwardShape) throws(UNet1DError) {
        if shapes.contains(shape) { return }
        // Planned before the session changes, so that it stays as it was where there is no memory.
        let ones = try Self.ones(session.prepared.plans + [try session.preparation.plan(shape)])
        try session.prepare(shape)
        self.ones = ones
    }

    /// output = model(sample, timestep), and gradient = Σ cotangent · ∂output/∂sample. Allocates nothing and blocks on
    /// nothing but its own workers.
    ///
    /// The output or the gradient may be the sample's memory, but not both. The cotangent is read after the output is written, and
    /// must not be its memory. Whatever else overlaps gives wrong numbers.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), row-major, as `plan.sampleShape` says.
    ///   - timestep: as many entries as the shape has timesteps.
    ///   - cotangent: the gradient of your loss or value with respect to the output, of `plan.outputShape`. Nil: ones, so that
    ///     the gradient is that of the sum of all outputs.
    ///   - output: `plan.outputShape`, row-major.
    ///   - gradient: `plan.sampleShape`, row-major.
    /// - Precondition: the counts are those of the plan.
    public mutating func valueAndGradient(
        sample: Span<Float>, timestep: Timestep, cotangent: Span<Float>? = nil, output: inout MutableSpan<Float>,
        gradient: inout MutableSpan<Float>
    ) {
        check(gradient: gradient.count, cotangent: cotangent)
        withMemory(sample, timestep, &output) { session, ones, sample, timesteps, output in
            gradient.withUnsafeMutableBufferPointer { gradient in
                let ends = GradientEnds(
                    sample: sample, timesteps: timesteps, output: output,
                    gradient: gradient.baseAddress.unsafelyUnwrapped)
                guard let cotangent else { return session.forwardAndGradient(ends, cotangent: ones) }
                cotangent.withUnsafeBufferPointer {
                    session.forwardAndGradient(ends, cotangent: $0.baseAddress.unsafelyUnwrapped)
                }
            }
        }
    }

    /// output = model(sample, timestep), and keeps what its gradient reads: the first half of `valueAndGradient`, for
    /// cotangents that depend on the output. Allocates nothing and blocks on nothing but its own workers.
    ///
    /// ```swift
    /// var session = try GradientSession(model: model, shape: ForwardShape(batch: 1, length: 512), pool: pool)
    /// var output = [Float](repeating: 0, count: session.plan.outputShape.reduce(1, *)), gradient = output
    /// var value = output.mutableSpan
    /// session.value(sample: sample.scalars.span, timestep: steps[0], output: &value)
    /// let residual = output.map { $0 - 0.5 }
    /// var slope = gradient.mutableSpan
    /// session.gradient(cotangent: residual.span, gradient: &slope)  // of Σ ½ (output − 0.5)²
    /// ```
    ///
    /// Sample and output may share memory.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), row-major, as `plan.sampleShape` says.
    ///   - timestep: as many entries as the shape has timesteps.
    ///   - output: `plan.outputShape`, row-major.
    /// - Precondition: the counts are those of the plan.
    public mutating func value(sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>) {
        withMemory(sample, timestep, &output) { session, _, sample, timesteps, output in
            session.forward(uncheckedSample: sample, timesteps: timesteps, output: output)
        }
    }

    /// gradient = Σ cotangent · ∂output/∂sample, of the latest `value`: the second half of `valueAndGradient`, with the same
    /// bits. Allocates nothing and blocks on nothing but its own workers.
    ///
    /// It writes over what the value kept, so that each value has one gradient. Neither that value's sample nor its output is
    /// read again.
    ///
    /// - Parameters:
    ///   - cotangent: the gradient of your loss or value with respect to the output, of `plan.outputShape`. Nil: ones.
    ///   - gradient: `plan.sampleShape`, row-major. May share memory with the cotangent.
    /// - Precondition: the counts are those of the plan, and `canRunGradient`.
    public mutating func gradient(cotangent: Span<Float>? = nil, gradient: inout MutableSpan<Float>) {
        check(gradient: gradient.count, cotangent: cotangent)
        let ones = allOnes
        gradient.withUnsafeMutableBufferPointer { buffer in
            let gradient = buffer.baseAddress.unsafelyUnwrapped
            guard let cotangent else { return session.gradient(cotangent: ones, gradient: gradient) }
            cotangent.withUnsafeBufferPointer {
                session.gradient(cotangent: $0.baseAddress.unsafelyUnwrapped, gradient: gradient)
            }
        }
    }

    /// Whether `gradient` can run: the latest call was a `value` of the selected shape, and no new shape was prepared since.
    /// Each value has one gradient.
    public var canRunGradient: Bool { session.canRunGradient }

    private func check(gradient: Int, cotangent: Span<Float>?) {
        precondition(gradient == counts.sample, "the gradient's count is not that of the plan's sampleShape")
        guard let cotangent else { return }
        precondition(
            cotangent.count == counts.output, "the cotangent's count is not that of the plan's outputShape")
    }

    /// Gives a call the addresses of its memory, and those of the ones that are the cotangent if there is none.
    private mutating func withMemory(
        _ sample: Span<Float>, _ timestep: Timestep, _ output: inout MutableSpan<Float>,
        _ body: (
            _ session: inout Session, _ ones: UnsafePointer<Float>, _ sample: UnsafePointer<Float>,
            _ timesteps: UnsafePointer<Double>, _ output: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
        let counts = session.counts
        precondition(sample.count == counts.sample, "the sample's count is not that of the plan's sampleShape")
        precondition(output.count == counts.output, "the output's count is not that of the plan's outputShape")
        precondition(timestep.count == counts.timesteps, "the timestep's count is not that of the plan's shape")
        let ones = allOnes
        sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                timestep.values.withUnsafeBufferPointer { timesteps in
                    body(
                        &session, ones, sample.baseAddress.unsafelyUnwrapped,
                        timesteps.baseAddress.unsafelyUnwrapped, output.baseAddress.unsafelyUnwrapped)
                }
            }
        }
    }

    private var allOnes: UnsafePointer<Float> { UnsafePointer(ones.base.assumingMemoryBound(to: Float.self)) }

    /// The floats of sample and output, and the number of timesteps, for the selected shape.
    package var counts: (sample: Int, output: Int, timesteps: Int) { session.counts }

    /// Runs `valueAndGradient` on memory whose counts the caller has compared with `counts`.
    package mutating func run(_ ends: GradientEnds, cotangent: UnsafePointer<Float>?) {
        let ones = allOnes
        session.forwardAndGradient(ends, cotangent: cotangent ?? ones)
    }

    /// The session whose forwards and gradients are this one's, for loops.
    package consuming func intoSession() -> Session { session }

    /// Fills arena and scratch with NaN (all ones): a call must write whatever it reads.
    package mutating func poison() { session.poison() }
}
