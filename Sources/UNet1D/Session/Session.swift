import Arena
import Planning
import Workers

/// Everything that forwards of one or several shapes need: arena, scratch, packed weights and bound operations.
///
/// ```swift
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// var session = try Session(model: model, shape: ForwardShape(batch: 1, length: 512), pool: pool)
/// var output = [Float](repeating: 0, count: session.plan.outputCount)
/// for step in steps {
///     var span = output.mutableSpan
///     session.forward(sample: sample.scalars.span, timestep: step, output: &span)
/// }
/// ```
///
/// The initialiser and `prepare` allocate and touch all memory. `forward` allocates nothing, throws nothing, causes no
/// page fault, and takes no lock that another thread can hold while it works. A session runs one forward at a time,
/// which the compiler ensures: `forward` needs exclusive access. Sessions of one model, or of several, may run at once
/// from different threads, on one pool or on several.
///
/// For a single forward call the model itself, which makes a session and drops it. In a task that must not hold a
/// thread, use ``AsyncSession``.
public struct Session: ~Copyable, Sendable {
    /// The workers that the session uses.
    public let pool: WorkerPool
    var prepared: PreparedShapes
    /// The index of the shape that a forward computes.
    var selected = 0
    /// The index of the shape of the latest whole forward, whose deep levels, and whose values that a gradient reads, the
    /// memory still has; nil: none.
    var latestWhole: Int?
    /// The index of the shape whose observation the memory has; nil: none.
    var conditioned: Int?
    let preparation: Preparation
    var memory: SessionMemory { prepared.memory }

    /// Makes a session for one shape. Packs the weights that are not packed yet, allocates and touches all memory, and
    /// runs one tile of every kernel. (Workers touch their stacks when the pool starts.) Blocks on the disk, and on
    /// other threads that pack weights of the same model.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shape: batch, length and timesteps.
    ///   - pool: the workers, which sessions may share; the caller of `forward` is one of them.
    ///   - options: instruction set, accuracy, memory.
    ///   - arena: memory for the activations, `plan.arenaBytes` or more from a multiple of 64 bytes on. It must outlive
    ///     the session, is zeroed here, and is the session's alone as long as that lives; `options` for memory do not
    ///     concern it. Nil: the session maps its own.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shape: ForwardShape, pool: WorkerPool, options: Options = Options(),
        arena: UnsafeMutableRawBufferPointer? = nil
    ) throws(UNet1DError) {
        try self.init(model: model, shapes: [shape], pool: pool, options: options, arena: arena)
    }

    /// Makes a session for several shapes, as for one; the first is selected. They share one arena, sized for the
    /// largest.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shapes: at least one; repetitions count once.
    ///   - pool: the workers, which sessions may share; the caller of `forward` is one of them.
    ///   - options: instruction set, accuracy, memory.
    ///   - arena: memory for the activations, as for one shape; as many bytes as the largest plan's `arenaBytes`.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shapes: [ForwardShape], pool: WorkerPool, options: Options = Options(),
        arena: UnsafeMutableRawBufferPointer? = nil
    ) throws(UNet1DError) {
        try self.init(model: model, shapes: shapes, pool: pool, options: options, arena: arena, differentiated: false)
    }

    /// Makes a session whose plans may have the gradient, too.
    init(
        model: UNet1DModel, shapes: [ForwardShape], pool: WorkerPool, options: Options,
        arena: UnsafeMutableRawBufferPointer?, differentiated: Bool
    ) throws(UNet1DError) {
        try self.init(
            model: model, plans: try Preparation.plans(shapes, model, options, differentiated: differentiated),
            pool: pool, options: options, arena: arena.map { .supplied($0) } ?? .mapped, differentiated: differentiated)
    }

    /// Makes a session of a plan, with each buffer in guarded pages of its own where `guarded`.
    package init(
        model: UNet1DModel, plan: Plan, pool: WorkerPool, guarded: Bool = false
    ) throws(UNet1DError) {
        try self.init(
            model: model, plans: [plan], pool: pool, options: Options(), arena: guarded ? .guarded : .mapped,
            differentiated: plan.isDifferentiated)
    }

    private init(
        model: UNet1DModel, plans: [Plan], pool: WorkerPool, options: Options, arena: SessionMemory.Arena,
        differentiated: Bool
    ) throws(UNet1DError) {
        let preparation = Preparation(
            model: model, options: options, arena: arena, nodes: model.arrangement(options.numa, plans, pool: pool),
            isDifferentiated: differentiated)
        prepared = try preparation.make(plans, workers: pool.workers)
        self.preparation = preparation
        self.pool = pool
    }

    /// output = model(sample, timestep) for the selected shape. Allocates nothing and blocks on nothing but its own
    /// workers. (On a pool of a `WorkerPool.ParallelFor` it does what that does.)
    ///
    /// Sample and output may share memory: the output is written after the last read of the sample.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), row-major, as `plan.sampleShape` says.
    ///   - timestep: as many entries as the shape has timesteps.
    ///   - output: `plan.outputShape`, row-major.
    /// - Precondition: the counts are those of the plan; where its `conditionShapes` are not empty, `isConditioned`.
    public mutating func forward(sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>) {
        forward(sample: sample, timestep: timestep, output: &output, trace: nil)
    }

    /// output = model(sample, timestep), where only the outer `options.shortLevels` levels are computed, and what comes from
    /// below them is that of the latest `forward`. Allocates nothing and blocks as `forward` does.
    ///
    /// With the sample and the timestep of that forward it gives the bits of that forward.
    /// Source: Ma, Fang and Wang, "DeepCache: Accelerating Diffusion Models for Free", 2023, arXiv 2312.00858.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), row-major, as `plan.sampleShape` says.
    ///   - timestep: as many entries as the shape has timesteps.
    ///   - output: `plan.outputShape`, row-major.
    /// - Precondition: the counts are those of the plan, and `canRunShortForward`.
    public mutating func shortForward(sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>) {
        forward(sample: sample, timestep: timestep, output: &output, isShort: true, trace: nil)
    }

    /// Whether `shortForward` can run: the session was made with `options.shortLevels`, and since a whole forward of the
    /// selected shape it has run none of another shape, and prepared none.
    public var canRunShortForward: Bool { latestWhole == selected && prepared[selected].pointee.hasShort }

    /// Runs `forward`, or `shortForward`, and records what its workers did.
    ///
    /// - Parameters:
    ///   - tilesByWorker: a counter for each worker, to which the tiles that it ran are added; nil: none.
    ///   - trace: to which the forward is added, made by `prepareTrace` for the selected shape; nil: nothing is recorded.
    package mutating func forward(
        sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>, isShort: Bool = false,
        tilesByWorker: UnsafeMutablePointer<Int>? = nil, trace: ForwardTrace? = nil
    ) {
        let current = prepared[selected]
        precondition(
            sample.count == current.pointee.sampleCount, "the sample's count is not that of the plan's sampleShape")
        precondition(
            output.count == current.pointee.outputCount, "the output's count is not that of the plan's outputShape")
        precondition(
            timestep.count == current.pointee.timesteps, "the timestep's count is not that of the plan's shape")
        sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                timestep.values.withUnsafeBufferPointer { timesteps in
                    forward(
                        uncheckedSample: sample.baseAddress.unsafelyUnwrapped,
                        timesteps: timesteps.baseAddress.unsafelyUnwrapped,
                        output: output.baseAddress.unsafelyUnwrapped, isShort: isShort, tilesByWorker: tilesByWorker,
                        trace: trace)
                }
            }
        }
    }

    /// The floats of sample and output, and the number of timesteps, for the selected shape.
    package var counts: (sample: Int, output: Int, timesteps: Int) {
        let current = prepared[selected]
        return (current.pointee.sampleCount, current.pointee.outputCount, current.pointee.timesteps)
    }

    /// Runs `forward`, or `shortForward`, on memory whose counts the caller has compared with `counts`. Where the plan has a
    /// gradient, too, it does not run.
    package mutating func forward(
        uncheckedSample sample: UnsafePointer<Float>, timesteps: UnsafePointer<Double>,
        output: UnsafeMutablePointer<Float>, isShort: Bool = false, tilesByWorker: UnsafeMutablePointer<Int>? = nil,
        trace: ForwardTrace? = nil
    ) {
        let current = prepared[selected]
        checkCondition()
        if isShort {
            precondition(
                canRunShortForward,
                "a short forward needs options.shortLevels, and a whole forward of the same shape before it")
            set(current.pointee.short!, sample, timesteps, current.pointee.timesteps, output)
            run(current.pointee.short!, .forward, tilesByWorker, trace)
        } else {
            latestWhole = selected
            set(current.pointee.bound, sample, timesteps, current.pointee.timesteps, output)
            run(current.pointee.bound, .forward, tilesByWorker, trace)
        }
    }

    /// Gives a plan the caller's memory and timesteps.
    func set(
        _ bound: borrowing BoundPlan, _ sample: UnsafePointer<Float>, _ timesteps: UnsafePointer<Double>,
        _ timestepCount: Int, _ output: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<timestepCount { bound.setTimestep(index, timesteps[index]) }
        bound.setEnds(sample: sample, output: output)
    }

    /// Which stages of a plan run.
    enum Part {
        /// What depends on the observation alone.
        case observation
        /// What depends on the timestep alone.
        case step
        /// All of the forward that does not depend on the observation alone, or on the timestep alone.
        case forward, tabulated
        case gradient
        /// The forward, then the gradient.
        case both
    }

    /// Runs stages of a plan in one run of the pool, and adds it to `trace`.
    func run(
        _ bound: borrowing BoundPlan, _ part: Part, _ tilesByWorker: UnsafeMutablePointer<Int>? = nil,
        _ trace: ForwardTrace? = nil
    ) {
        let (first, end) =
            switch part {
            case .observation: (0, bound.observationStageCount)
            case .step: (bound.observationStageCount, bound.stepStageCount)
            case .forward: (bound.observationStageCount, bound.forwardStageCount)
            case .tabulated: (bound.stepStageCount, bound.forwardStageCount)
            case .gradient: (bound.forwardStageCount, bound.stageCount)
            case .both: (bound.observationStageCount, bound.stageCount)
            }
        if first == end { return }
        let context = bound.context(from: first)
        let tiles = UnsafePointer(bound.stageTiles + first)
        if let trace {
            trace.begin(bound, context, workers: pool.workers)
            pool.run(
                context: trace.context, stages: tiles, count: end - first, function: runTracedTile,
                executed: tilesByWorker)
            trace.end()
        } else {
            pool.run(
                context: UnsafeRawPointer(context), stages: tiles, count: end - first, function: runTile,
                executed: tilesByWorker)
        }
    }
}
