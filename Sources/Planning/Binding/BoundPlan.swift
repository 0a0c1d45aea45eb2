import Arena
import CKernels
import CUNet1DSystem
import KernelArguments
import Memory

/// A plan's operations with their pointers in place: what `forward` walks through.
///
/// It holds its memory in a mapping that keeps its page sizes, because Linux may collapse pages of the malloc heap into huge ones during
/// a forward. The arena, the weights and the scratch belong to others and must outlive it.
package struct BoundPlan: ~Copyable, @unchecked Sendable {
    // Sendable: the memory is this value's own, and a forward's exclusive access to its session is also exclusive
    // access to it.

    /// Tiles of each stage, as workers claim them: those of a serial stage are one.
    package let stageTiles: UnsafeMutablePointer<Int>
    /// Stages.
    package let stageCount: Int
    /// Stages of the forward; those after them are the gradient's.
    package let forwardStageCount: Int
    /// Stages of the forward that depend on the observation alone; they come first.
    package let observationStageCount: Int
    /// Stages of the forward that depend on the observation alone or on the timestep alone.
    package let stepStageCount: Int
    /// The contexts that `runTile` reads, for runs that begin at each stage in `starts`.
    private let contexts: UnsafeMutablePointer<ForwardContext>

    /// The context of runs that begin at the first stage.
    package var context: UnsafePointer<ForwardContext> { context(from: 0) }

    /// The context in which a stage is number 0, which is the first of a part of the plan.
    package func context(from stage: Int) -> UnsafePointer<ForwardContext> {
        var index = 0
        while (contexts + index).pointee.firstStage != stage { index += 1 }
        return UnsafePointer(contexts + index)
    }

    /// Tiles of the operations of the forward.
    let forwardTiles: Int

    /// The first of the operations, which lie side by side in the plan's order.
    var firstOperation: UnsafePointer<BoundOperation> { UnsafePointer(operations) }

    /// Whether there are stages of a gradient.
    package var hasGradient: Bool { forwardStageCount < stageCount }

    private let memory: MappedMemory
    /// Copies of the arguments, and the bytes of one: they differ in the weights that they point at.
    private let copyCount: Int
    private let copyBytes: Int
    private let operations: UnsafeMutablePointer<BoundOperation>
    /// The fields of the arguments that point at the caller's memory; the last two are there in plans of gradients.
    private let sample: UnsafeMutableRawPointer
    private let output: UnsafeMutableRawPointer
    private let cotangent: UnsafeMutableRawPointer?
    private let gradient: UnsafeMutableRawPointer?
    /// The fields of a network that reads an observation.
    private let globalCondition: UnsafeMutableRawPointer?
    private let localCondition: UnsafeMutableRawPointer?
    private let timesteps: UnsafeMutablePointer<Double>?

    /// Binds `plan`.
    ///
    /// - Parameters:
    ///   - buffers: where each buffer of the plan begins, 64-byte aligned.
    ///   - weights: the plan's packed weights, for each copy of them.
    ///   - copies: for each worker the copy that it reads.
    ///   - scratch: a slab of `scratchStride` bytes for each worker.
    /// - Throws: `MemoryError.mapping`.
    package init(
        _ plan: Plan, buffers: [UnsafeMutableRawPointer], weights: [[UnsafeRawPointer]], copies: [Int],
        scratch: UnsafeMutableRawPointer, scratchStride: Int
    ) throws(MemoryError) {
        let binders = weights.map { Binder(plan: plan, buffers: buffers, weights: $0) }
        let operationCount = plan.operations.count
        stageCount = plan.stageCount
        forwardStageCount = plan.forwardStages
        observationStageCount = plan.observationStages
        stepStageCount = plan.stepStages
        forwardTiles = plan.forwardTiles
        let starts = [0, plan.observationStages, plan.stepStages, plan.forwardStages]
        // A slot for an operation, one for its follower.
        let slot = roundUp(plan.operations.flatMap(\.calls).map(\.arguments.count).reduce(0, max), 64)
        copyBytes = 2 * operationCount * slot
        copyCount = weights.count
        var room = Room()
        let contextPart = room.take(starts.count, of: ForwardContext.self)
        let tilesPart = room.take(plan.stageCount, of: Int.self)
        let stagesPart = room.take(plan.stageCount, of: BoundStage.self)
        let operationsPart = room.take(operationCount, of: BoundOperation.self)
        let offsetsPart = room.take(copies.count, of: Int.self)
        let argumentsPart = room.take(copyCount * copyBytes, of: UInt8.self)
        memory = try MappedMemory(touchedBytes: room.bytes)
        contexts = contextPart.bind(memory.base)
        stageTiles = tilesPart.bind(memory.base)
        let stages = stagesPart.bind(memory.base)
        operations = operationsPart.bind(memory.base)
        let argumentOffsets = offsetsPart.bind(memory.base)
        let firstArguments = memory.base + argumentsPart.offset
        let table = plan.implementation.table
        for (worker, copy) in copies.enumerated() { (argumentOffsets + worker).initialize(to: copy * copyBytes) }
        var ends: [Operand.End: UnsafeMutableRawPointer] = [:]
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
            let arguments = firstArguments + 2 * index * slot
            for (copy, binder) in binders.enumerated() {
                for (part, call) in operation.calls.enumerated() {
                    binder.bind(call, to: arguments + copy * copyBytes + part * slot)
                }
            }
            for operand in operation.call.operands {
                if case .caller(let end) = operand.place { ends[end] = arguments + operand.field }
            }
            var bound = BoundOperation(
                kernel: table[operation.call.kernel], arguments: UnsafeRawPointer(arguments), endTile: endTile,
                firstTile: firstTile)
            if let follower = operation.follower, let grid = operation.grid {
                bound.follower = BoundFollower(
                    kernel: table[follower.call.kernel], arguments: UnsafeRawPointer(arguments + slot), grid: grid)
            }
            if operation.zeroesSurroundings, let buffer = operation.outputBuffer {
                bound.surroundings = binders[0].surroundings(of: buffer)
            }
            if let call = operation.follower, call.zeroesSurroundings, let buffer = call.call.writes {
                bound.followerSurroundings = binders[0].surroundings(of: buffer)
            }
            (operations + index).initialize(to: bound)
        }
        guard let sample = ends[.sample], let output = ends[.output] else {
            preconditionFailure("a plan reads the sample and writes the output")
        }
        self.sample = sample
        self.output = output
        cotangent = ends[.cotangent]
        gradient = ends[.gradient]
        timesteps = plan.timestepsBuffer.map { buffers[$0].assumingMemoryBound(to: Double.self) }
        globalCondition = ends[.globalCondition]
        localCondition = ends[.localCondition]
        for (index, first) in starts.enumerated() {
            (contexts + index).initialize(
                to: ForwardContext(
                    firstStage: first, stages: stages + first, scratch: scratch, scratchStride: scratchStride,
                    argumentOffsets: argumentOffsets))
        }
    }

    /// Points the operations that read the sample and write the output at the caller's memory. Allocates nothing.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), unaligned.
    ///   - output: the output shape's elements, unaligned.
    package func setEnds(sample: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
        for copy in 0..<copyCount {
            self.sample.storeBytes(of: sample, toByteOffset: copy * copyBytes, as: UnsafePointer<Float>.self)
            self.output.storeBytes(of: output, toByteOffset: copy * copyBytes, as: UnsafeMutablePointer<Float>.self)
        }
    }

    /// Points the operations that read the cotangent and write the gradient at the caller's memory. Allocates nothing.
    ///
    /// - Parameters:
    ///   - cotangent: the output shape's elements, unaligned.
    ///   - gradient: (batch, channels, length) of the sample, unaligned.
    /// - Precondition: the plan has a gradient.
    package func setEnds(cotangent: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>) {
        guard let cotangentField = self.cotangent, let gradientField = self.gradient else {
            preconditionFailure("the plan has no gradient")
        }
        for copy in 0..<copyCount {
            cotangentField.storeBytes(of: cotangent, toByteOffset: copy * copyBytes, as: UnsafePointer<Float>.self)
            gradientField.storeBytes(of: gradient, toByteOffset: copy * copyBytes, as: UnsafeMutablePointer<Float>.self)
        }
    }

    /// Points the operations that read the observation at the caller's memory; ignored where nothing reads it. Allocates
    /// nothing.
    ///
    /// - Parameters:
    ///   - global: (batch, width), unaligned.
    ///   - local: (batch, length, width), unaligned.
    package func setCondition(global: UnsafePointer<Float>?, local: UnsafePointer<Float>?) {
        for copy in 0..<copyCount {
            globalCondition?.storeBytes(of: global, toByteOffset: copy * copyBytes, as: UnsafePointer<Float>?.self)
            localCondition?.storeBytes(of: local, toByteOffset: copy * copyBytes, as: UnsafePointer<Float>?.self)
        }
    }

    /// Writes one timestep where the plan reads it; ignored where nothing does. Allocates nothing.
    package func setTimestep(_ index: Int, _ value: Double) {
        timesteps?[index] = value
    }

    /// Loads the code of this library, once in a process, and runs one tile of each kind of operation, and of each variant
    /// of its kernels, on the caller. What kernels call elsewhere is thus bound and loaded before the first forward, and so
    /// are the tables from which the C library takes sines and cosines. The sample and the output are taken from the buffers
    /// of the operations at the ends.
    ///
    /// - Parameter buffers: where each buffer of the plan begins.
    package func warmUp(_ plan: Plan, buffers: [UnsafeMutableRawPointer]) {
        // A tile does not run all of a kernel: a row's last tile may be shorter than the others, and has code of its own.
        _ = Self.codeIsLoaded
        // Rows of the first buffer have room for all channels of the sample, those of the last for the output's.
        func floats(_ buffer: Int?) -> UnsafeMutablePointer<Float>? {
            buffer.map { buffers[$0].assumingMemoryBound(to: Float.self) }
        }
        func operation(at end: Operand.End) -> Plan.Operation? {
            plan.operations.first { $0.touches(end) }
        }
        func written(at end: Operand.End) -> UnsafeMutablePointer<Float>? { floats(operation(at: end)?.outputBuffer) }
        func read(at end: Operand.End) -> UnsafeMutablePointer<Float>? { floats(operation(at: end)?.call.reads.first) }
        if let sample = written(at: .sample), let output = read(at: .output) {
            setEnds(sample: sample, output: output)
        }
        if let cotangent = written(at: .cotangent), let gradient = read(at: .gradient) {
            setEnds(cotangent: cotangent, gradient: gradient)
        }
        setCondition(global: written(at: .globalCondition), local: written(at: .localCondition))
        let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
        defer { system_control_word_restore(controlWord) }
        let context = UnsafeRawPointer(context)
        var seen: Set<CodePath> = []
        for (index, operation) in plan.operations.enumerated() {
            let path = CodePath(
                kind: operation.kind, epilogue: operation.follower?.kind, kernels: operation.calls.map(\.kernel),
                variants: operation.calls.map(\.variant))
            guard seen.insert(path).inserted else { continue }
            let tile = operations[index].firstTile
            runOneTile(context, operation.stage, tile, 0)
            guard operation.call.kernel == .embedding else { continue }
            var next = 0
            while next < Self.warmingTimesteps.count {
                for entry in 0..<plan.shape.timesteps {
                    setTimestep(entry, Self.warmingTimesteps[next % Self.warmingTimesteps.count])
                    next += 1
                }
                runOneTile(context, operation.stage, tile, 0)
            }
        }
    }

    private static let codeIsLoaded: Void = system_load_code()

    /// What decides the code that a tile of an operation runs.
    private struct CodePath: Hashable {
        var kind: OperationKind
        var epilogue: OperationKind?
        var kernels: [Kernel]
        var variants: [Int]
    }

    /// Timesteps for which the C library's sines and cosines read all of their tables: those of small angles, and those
    /// that reduce large ones.
    private static let warmingTimesteps: [Double] =
        (0..<32).map { Double($0) / 16 } + [2.5, 100, 1e4, 1e6, 2e8, 1e20, 1e60, 1e100, 1e200, 1e300]
}

/// Room for the parts of a bound plan in one mapping, each from a multiple of `ArenaLayout.alignment` bytes on.
private struct Room {
    private(set) var bytes = 0

    struct Part<Element> {
        let offset: Int
        let count: Int

        /// The part in a mapping that begins at `base`.
        func bind(_ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Element> {
            (base + offset).bindMemory(to: Element.self, capacity: count)
        }
    }

    mutating func take<Element>(_ count: Int, of _: Element.Type) -> Part<Element> {
        defer { bytes += roundUp(count * MemoryLayout<Element>.stride, ArenaLayout.alignment) }
        return Part(offset: bytes, count: count)
    }
}
