import Memory
import Planning

/// A shape that a session is prepared for, as a forward reads it.
struct PreparedShape: ~Copyable {
    let bound: BoundPlan
    /// The operations of a short forward.
    let short: BoundPlan?
    var hasShort: Bool { short != nil }
    let sampleCount: Int
    let outputCount: Int
    let timesteps: Int
    /// What the operations of the timestep give to others.
    let stepResults: StepResults
    /// Elements of what an observation brings.
    let conditionCounts: (global: Int, local: Int)
}

/// The shapes that a session is prepared for, in memory that does not move: choosing one is choosing an index.
struct PreparedShapes: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: the memory is this value's own, and what changes in it is reached through exclusive access to a session.

    let plans: [Plan]
    /// The memory that all plans share.
    let memory: SessionMemory
    private let row: ShapeRow

    /// Binds `plans`, at least one, to `memory`, and runs a tile of every kernel of each.
    ///
    /// - Parameters:
    ///   - weights: for each plan the packed weights, for each copy of them.
    ///   - copies: for each worker the copy that it reads.
    /// - Throws: `MemoryError.mapping`.
    init(
        _ plans: [Plan], weights: [[[UnsafeRawPointer]]], copies: [Int], memory: SessionMemory
    ) throws(MemoryError) {
        var row = try ShapeRow(capacity: plans.count)
        for (index, plan) in plans.enumerated() {
            let bound = try BoundPlan(
                plan, buffers: memory.buffers[index], weights: weights[index], copies: copies, scratch: memory.scratch,
                scratchStride: memory.scratchStride)
            bound.warmUp(plan, buffers: memory.buffers[index])
            let short: BoundPlan? =
                if let plan = plan.short {
                    try BoundPlan(
                        plan, buffers: memory.buffers[index], weights: weights[index], copies: copies,
                        scratch: memory.scratch, scratchStride: memory.scratchStride)
                } else { nil }
            row.append(
                PreparedShape(
                    bound: bound, short: short, sampleCount: plan.sampleCount, outputCount: plan.outputCount,
                    timesteps: plan.shape.timesteps,
                    stepResults: StepResults(plan, buffers: memory.buffers[index]),
                    conditionCounts: (plan.conditionShapes.globalCount, plan.conditionShapes.localCount)))
        }
        self.plans = plans
        self.memory = memory
        self.row = row
    }

    /// The prepared shape at `index` in `plans`.
    subscript(index: Int) -> UnsafePointer<PreparedShape> { UnsafePointer(row.base + index) }

    /// The index of a shape. Allocates nothing.
    func index(of shape: ForwardShape) -> Int? { plans.firstIndex { $0.shape == shape } }
}

/// Prepared shapes side by side, in a mapping whose pages keep their size, like all that a forward reads.
///
/// Not private: modules that destroy a session refer to it in optimised builds, and the linker (Swift 6.3.1) would not find it.
struct ShapeRow: ~Copyable {
    let base: UnsafeMutablePointer<PreparedShape>
    private var count = 0
    private let mapping: MappedMemory

    init(capacity: Int) throws(MemoryError) {
        mapping = try MappedMemory(touchedBytes: capacity * MemoryLayout<PreparedShape>.stride)
        base = mapping.base.bindMemory(to: PreparedShape.self, capacity: capacity)
    }

    deinit { base.deinitialize(count: count) }

    mutating func append(_ shape: consuming PreparedShape) {
        (base + count).initialize(to: shape)
        count += 1
    }
}
