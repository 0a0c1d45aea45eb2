import CKernels

/// A plan's operations with their pointers in place: what `forward` walks through.
///
/// Holds its memory; the arena, the weights and the scratch belong to others and must outlive it.
package struct BoundPlan: ~Copyable, @unchecked Sendable {
    // Sendable: the memory is this value's own, and a forward's exclusive access to its session is also exclusive access
    // to it.

    /// Tiles of each stage, as workers claim them: those of a serial stage are one.
    package let stageTiles: UnsafeMutablePointer<Int>
    /// Stages.
    package let stageCount: Int
    /// What `runTile` reads.
    package let context: UnsafeMutablePointer<ForwardContext>

    private let memory: UnsafeMutableRawPointer
    private let operations: UnsafeMutablePointer<BoundOperation>
    private let stages: UnsafeMutablePointer<BoundStage>
    private let gatherIndex: Int
    private let scatterIndex: Int
    private let timesteps: UnsafeMutablePointer<Double>?

    /// Binds `plan`.
    ///
    /// - Parameters:
    ///   - buffers: where each buffer of the plan begins, 64-byte aligned.
    ///   - weights: the plan's packed weights.
    ///   - scratch: a slab of `scratchStride` bytes for each worker.
    package init(
        _ plan: Plan, buffers: [UnsafeMutableRawPointer], weights: [UnsafeRawPointer],
        scratch: UnsafeMutableRawPointer, scratchStride: Int
    ) {
        let binder = Binder(plan: plan, buffers: buffers, weights: weights)
        let operationCount = plan.operations.count
        stageCount = plan.stageCount
        let slot = Work.argumentSlotBytes
        // A slot for an operation, one for its follower.
        memory = .allocate(byteCount: 2 * operationCount * slot, alignment: 64)
        operations = .allocate(capacity: operationCount)
        stageTiles = .allocate(capacity: stageCount)
        stages = .allocate(capacity: stageCount)
        context = .allocate(capacity: 1)
        var gather = 0
        var scatter = 0
        for (index, stage) in plan.stages.enumerated() {
            stageTiles[index] = stage.isSerial ? 1 : stage.tileCount
            (stages + index).initialize(
                to: BoundStage(
                    operations: operations + stage.operations.lowerBound, tiles: stage.tileCount,
                    isSerial: stage.isSerial))
        }
        var endTile = 0
        for (index, operation) in plan.operations.enumerated() {
            let isFirst = index == plan.stages[operation.stage].operations.lowerBound
            let firstTile = isFirst ? 0 : endTile
            endTile = firstTile + operation.tileCount
            let arguments = memory + 2 * index * slot
            let kernel = binder.bind(operation.work, to: arguments)
            var bound = BoundOperation(
                kernel: kernel, arguments: UnsafeRawPointer(arguments), endTile: endTile, firstTile: firstTile)
            if let follower = operation.follower {
                bound.follower = BoundFollower(
                    kernel: binder.bind(follower.work, to: arguments + slot),
                    arguments: UnsafeRawPointer(arguments + slot), grid: follower.grid)
            }
            if operation.zeroesSurroundings, let buffer = operation.outputBuffer {
                binder.setSurroundings(of: buffer, &bound)
            }
            (operations + index).initialize(to: bound)
            if operation.kind == .gather { gather = index }
            if operation.kind == .scatter { scatter = index }
        }
        gatherIndex = gather
        scatterIndex = scatter
        timesteps = plan.timestepsBuffer.map { buffers[$0].assumingMemoryBound(to: Double.self) }
        context.initialize(
            to: ForwardContext(stages: stages, scratch: scratch, scratchStride: scratchStride))
    }

    deinit {
        memory.deallocate()
        operations.deallocate()
        stageTiles.deallocate()
        stages.deallocate()
        context.deallocate()
    }

    /// Points the first and the last operation at the caller's memory. Allocates nothing.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), unaligned.
    ///   - output: the output shape's elements, unaligned.
    package func setEnds(sample: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
        arguments(gatherIndex, gather_arguments.self).pointee.sample = sample
        arguments(scatterIndex, scatter_arguments.self).pointee.output = output
    }

    /// Writes one timestep where the plan reads it; ignored where nothing does. Allocates nothing.
    package func setTimestep(_ index: Int, _ value: Double) {
        timesteps?[index] = value
    }

    /// Runs one tile of each kind of operation, and of each activation, on the caller, so that the kernels' code is loaded and
    /// bound before the first forward. The sample and the output are taken from the buffers of the operations at the ends.
    ///
    /// - Parameter buffers: where each buffer of the plan begins.
    package func warmUp(_ plan: Plan, buffers: [UnsafeMutableRawPointer]) {
        // Rows of the first buffer have room for all channels of the sample, those of the last for the output's.
        if let first = plan.operations[gatherIndex].outputBuffer {
            let memory = buffers[first].assumingMemoryBound(to: Float.self)
            setEnds(sample: memory, output: memory)
        }
        if case .scatter(_, let x) = plan.operations[scatterIndex].work {
            arguments(scatterIndex, scatter_arguments.self).pointee.output = buffers[x.buffer].assumingMemoryBound(
                to: Float.self)
        }
        var seen: Set<[Int]> = []
        for (index, operation) in plan.operations.enumerated() {
            let works = [operation.work, operation.follower?.work].compactMap(\.self)
            let kinds = [operation.kind, operation.follower?.kind].map(\.hashValue) + works.map(\.activation)
            guard seen.insert(kinds).inserted else { continue }
            runOneTile(UnsafeRawPointer(context), operation.stage, operations[index].firstTile, 0)
        }
    }

    private func arguments<Arguments>(_ index: Int, _: Arguments.Type) -> UnsafeMutablePointer<Arguments> {
        UnsafeMutableRawPointer(mutating: operations[index].arguments).assumingMemoryBound(to: Arguments.self)
    }
}

/// An operation, ready to run.
struct BoundOperation {
    let kernel: kernel_function
    let arguments: UnsafeRawPointer
    /// Tiles of the stage up to and with this operation's.
    let endTile: Int
    let firstTile: Int
    var follower: BoundFollower?
    /// Zero rows that readers of the output expect around it; its first tile writes them.
    var before: UnsafeMutablePointer<Float>?
    var beforeCount = 0
    var behind: UnsafeMutablePointer<Float>?
    var behindCount = 0
}

/// A follower, ready to run behind the tiles of its operation.
struct BoundFollower {
    let kernel: kernel_function
    let arguments: UnsafeRawPointer
    private let batch: Int
    private let elementsPerTile: Int
    private let positionTiles: Int
    private let channelTiles: Int

    init(kernel: @escaping kernel_function, arguments: UnsafeRawPointer, grid: TileGrid) {
        self.kernel = kernel
        self.arguments = arguments
        batch = grid.batch
        elementsPerTile = grid.elementsPerTile
        positionTiles = grid.positionTiles
        channelTiles = grid.channelTiles
    }

    /// Runs on every batch element of tile `tile` of the grid.
    func run(tile: Int, scratch: UnsafeMutableRawPointer) {
        let elementTile = tile / (positionTiles * channelTiles)
        let inElement = tile - elementTile * positionTiles * channelTiles
        var element = elementTile * elementsPerTile
        let end = min(element + elementsPerTile, batch)
        while element < end {
            kernel(arguments, Int64(element * positionTiles * channelTiles + inElement), scratch)
            element += 1
        }
    }
}

/// A stage, ready to run.
struct BoundStage {
    let operations: UnsafeMutablePointer<BoundOperation>
    let tiles: Int
    let isSerial: Bool
}

/// What a worker needs to run a tile of any stage.
package struct ForwardContext {
    let stages: UnsafeMutablePointer<BoundStage>
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int
}

/// Runs what a worker claims: one tile of a stage, or all tiles of a serial one. Allocates nothing, takes no lock, throws
/// nothing.
///
/// - Parameters:
///   - context: a `ForwardContext`.
///   - worker: decides the scratch slab, and nothing else.
package func runTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let stages = context.unsafelyUnwrapped.assumingMemoryBound(to: ForwardContext.self).pointee.stages
    if !stages[stage].isSerial {
        runOneTile(context, stage, tile, worker)
        return
    }
    for tile in 0..<stages[stage].tiles { runOneTile(context, stage, tile, worker) }
}

/// Runs one tile of one stage.
package func runOneTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let forward = context.unsafelyUnwrapped.assumingMemoryBound(to: ForwardContext.self)
    var operation = forward.pointee.stages[stage].operations
    while tile >= operation.pointee.endTile { operation += 1 }
    let local = tile - operation.pointee.firstTile
    if local == 0 {
        operation.pointee.before?.update(repeating: 0, count: operation.pointee.beforeCount)
        operation.pointee.behind?.update(repeating: 0, count: operation.pointee.behindCount)
    }
    let scratch = forward.pointee.scratch + worker * forward.pointee.scratchStride
    operation.pointee.kernel(operation.pointee.arguments, Int64(local), scratch)
    operation.pointee.follower?.run(tile: local, scratch: scratch)
}

/// Turns places into pointers.
private struct Binder {
    let plan: Plan
    let buffers: [UnsafeMutableRawPointer]
    let weights: [UnsafeRawPointer]

    func pointer(_ location: Location) -> UnsafeMutablePointer<Float> {
        let buffer = plan.buffers[location.buffer]
        return buffers[location.buffer].assumingMemoryBound(to: Float.self)
            + (buffer.positionsBefore * buffer.positionStride + location.offset)
    }

    func read(_ location: Location) -> UnsafePointer<Float> { UnsafePointer(pointer(location)) }

    func read(_ location: Location?) -> UnsafePointer<Float>? { location.map { read($0) } }

    func weight(_ index: Int) -> UnsafePointer<Float> { weights[index].assumingMemoryBound(to: Float.self) }

    func weight(_ index: Int?) -> UnsafePointer<Float>? { index.map { weight($0) } }

    func setSurroundings(of index: Int, _ operation: inout BoundOperation) {
        let buffer = plan.buffers[index]
        let start = buffers[index].assumingMemoryBound(to: Float.self)
        operation.beforeCount = buffer.positionsBefore * buffer.positionStride
        operation.before = operation.beforeCount > 0 ? start : nil
        operation.behindCount = buffer.positionsBehind * buffer.positionStride
        operation.behind = operation.behindCount > 0 ? start + operation.beforeCount + buffer.floats : nil
    }

    /// Writes the arguments with their pointers; the kernel that takes them.
    func bind(_ work: Work, to memory: UnsafeMutableRawPointer) -> kernel_function {
        let table = plan.implementation.table
        switch work {
        case .gather(var arguments, let embedding, let y):
            arguments.embedding = read(embedding)
            arguments.y = pointer(y)
            memory.initializeMemory(as: gather_arguments.self, to: arguments)
            return table.gather
        case .embedding(var arguments, let frequencies, let timesteps, let y):
            arguments.frequencies = weights[frequencies].assumingMemoryBound(to: Double.self)
            arguments.timesteps = UnsafeRawPointer(pointer(timesteps)).assumingMemoryBound(to: Double.self)
            arguments.y = pointer(y)
            memory.initializeMemory(as: embedding_arguments.self, to: arguments)
            return table.embedding
        case .convolution(var arguments, let first, let second, let weights, let bias, let y):
            arguments.source.0.x = read(first)
            arguments.source.1.x = read(second)
            arguments.weights = weight(weights)
            arguments.bias = weight(bias)
            arguments.y = pointer(y)
            memory.initializeMemory(as: convolution_arguments.self, to: arguments)
            return table.convolution
        case .winograd(var arguments, let first, let second, let weights, let bias, let y):
            arguments.x.0 = read(first)
            arguments.x.1 = read(second)
            arguments.weights = weight(weights)
            arguments.bias = weight(bias)
            arguments.y = pointer(y)
            memory.initializeMemory(as: winograd_arguments.self, to: arguments)
            return table.winograd
        case .statistics(var arguments, let x, let partials):
            arguments.x = read(x)
            arguments.partials = UnsafeMutableRawPointer(pointer(partials)).assumingMemoryBound(to: Double.self)
            memory.initializeMemory(as: statistics_arguments.self, to: arguments)
            return table.statistics
        case .merge(var arguments, let partials, let merged):
            arguments.partials = UnsafeRawPointer(pointer(partials)).assumingMemoryBound(to: Double.self)
            arguments.merged = UnsafeMutableRawPointer(pointer(merged)).assumingMemoryBound(to: Double.self)
            memory.initializeMemory(as: merge_arguments.self, to: arguments)
            return table.merge
        case .combine(var arguments, let x, let residual, let bias, let gain, let shift, let partials, let y):
            arguments.x = read(x)
            arguments.residual = read(residual)
            arguments.bias = read(bias)
            arguments.gain = weight(gain)
            arguments.shift = weight(shift)
            arguments.partials = partials.map { UnsafeRawPointer(pointer($0)).assumingMemoryBound(to: Double.self) }
            arguments.y = pointer(y)
            memory.initializeMemory(as: combine_arguments.self, to: arguments)
            return table.combine
        case .downsample(var arguments, let x, let taps, let y), .upsample(var arguments, let x, let taps, let y):
            arguments.x = read(x)
            arguments.taps = weight(taps)
            arguments.y = pointer(y)
            memory.initializeMemory(as: resample_arguments.self, to: arguments)
            if case .downsample = work { return table.downsample }
            return table.upsample
        case .transposeKeys(var arguments, let k, let y):
            arguments.k = read(k)
            arguments.y = pointer(y)
            memory.initializeMemory(as: transpose_keys_arguments.self, to: arguments)
            return table.transpose_keys
        case .attention(var arguments, let q, let keys, let v, let y):
            arguments.q = read(q)
            arguments.keys = read(keys)
            arguments.v = read(v)
            arguments.y = pointer(y)
            memory.initializeMemory(as: attention_arguments.self, to: arguments)
            return table.attention
        case .flatten(var arguments, let x, let embedding, let y):
            arguments.x = read(x)
            arguments.embedding = read(embedding)
            arguments.y = pointer(y)
            memory.initializeMemory(as: flatten_arguments.self, to: arguments)
            return table.flatten
        case .scatter(var arguments, let x):
            arguments.x = read(x)
            memory.initializeMemory(as: scatter_arguments.self, to: arguments)
            return table.scatter
        }
    }
}
