import Arena
import Planning
import Workers

/// Everything that forwards of one shape need: arena, scratch, packed weights and bound operations.
///
/// The initialiser allocates and touches all memory; `forward` allocates nothing, throws nothing, takes no lock that
/// another thread can hold while it works. Its memory was touched before, so that none of it faults. One forward at a
/// time: the compiler sees to it, as `forward` needs exclusive access. Sessions of one model, or of several, may run at
/// once from different threads.
public struct Session: ~Copyable, Sendable {
    /// What a forward does.
    public let plan: Plan
    /// The workers that it uses.
    public let pool: WorkerPool
    let memory: SessionMemory
    let bound: BoundPlan
    private let sampleCount: Int
    private let outputCount: Int
    private let timesteps: Int
    // Keeps the packed weights.
    let model: UNet1DModel

    /// Makes a session for one shape. Packs what weights are not packed yet; allocates, touches the memory, and runs a
    /// tile of every kernel. (Workers touch their stacks when the pool starts.) Blocks on the disk, and on other threads that pack weights of the same model.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shape: batch, length and timesteps.
    ///   - pool: the workers, which sessions may share; the caller of `forward` is one of them.
    ///   - options: instruction set, accuracy, memory.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shape: ForwardShape, pool: WorkerPool, options: Options = Options()
    ) throws(UNet1DError) {
        try self.init(
            model: model, plan: try model.plan(shape, options: options), pool: pool,
            options: MappedMemory.Options(adviseHugePages: options.hugePages, lock: options.lockMemory))
    }

    /// Makes a session of a plan, with each buffer in guarded pages of its own where `guarded`.
    package init(
        model: UNet1DModel, plan: Plan, pool: WorkerPool, options: MappedMemory.Options = .init(),
        guarded: Bool = false
    ) throws(UNet1DError) {
        let weights = try wrapping(UNet1DError.init) { () throws(WeightError) in
            try model.weights.pointers(for: plan)
        }
        let memory = try wrapping(UNet1DError.memory) { () throws(ArenaError) in
            try SessionMemory(plan, workers: pool.workers, options: options, guarded: guarded)
        }
        bound = BoundPlan(
            plan, buffers: memory.buffers, weights: weights, scratch: memory.scratch,
            scratchStride: memory.scratchStride)
        self.memory = memory
        self.plan = plan
        sampleCount = plan.sampleCount
        outputCount = plan.outputCount
        timesteps = plan.shape.timesteps
        self.pool = pool
        self.model = model
        bound.warmUp(plan, buffers: memory.buffers)
    }

    /// output = model(sample, timestep). Allocates nothing and blocks on nothing but its own workers.
    ///
    /// Sample and output may share memory: the output is written after the last read of the sample.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), row-major, as `plan.sampleShape` says.
    ///   - timestep: as many entries as the shape has timesteps.
    ///   - output: `plan.outputShape`, row-major.
    /// - Precondition: the counts are those of the plan.
    public mutating func forward(sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>) {
        forward(sample: sample, timestep: timestep, output: &output, tilesByWorker: nil)
    }

    /// As `forward`; adds the tiles that each worker ran to `tilesByWorker`, which has one entry a worker.
    package mutating func forward(
        sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>,
        tilesByWorker: UnsafeMutablePointer<Int>?
    ) {
        precondition(sample.count == sampleCount, "the sample's count is not that of the plan's sampleShape")
        precondition(output.count == outputCount, "the output's count is not that of the plan's outputShape")
        precondition(timestep.count == timesteps, "the timestep's count is not that of the plan's shape")
        for index in 0..<timesteps { bound.setTimestep(index, timestep.values[index]) }
        sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                bound.setEnds(
                    sample: sample.baseAddress.unsafelyUnwrapped, output: output.baseAddress.unsafelyUnwrapped)
                pool.run(
                    context: UnsafeRawPointer(bound.context), stages: UnsafePointer(bound.stageTiles),
                    count: bound.stageCount, function: runTile, executed: tilesByWorker)
            }
        }
    }

    /// Bytes of the arena and of all workers' scratch.
    public var memoryBytes: Int { memory.bytes }

    /// Whether the memory is locked, where that was asked for.
    public var memoryLocked: Bool { memory.isLocked }
}
