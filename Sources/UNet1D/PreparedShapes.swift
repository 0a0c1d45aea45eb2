import Planning

/// A shape that a session is prepared for.
struct PreparedShape: ~Copyable {
    let plan: Plan
    let bound: BoundPlan
    let sampleCount: Int
    let outputCount: Int
    let timesteps: Int
}

/// The shapes that a session is prepared for, in memory that does not move: choosing one is choosing an index.
struct PreparedShapes: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: the memory is this value's own, and what changes in it is reached through exclusive access to a session.

    let count: Int
    /// Where they compute.
    let memory: SessionMemory
    private let base: UnsafeMutablePointer<PreparedShape>

    /// Binds `plans`, at least one, to `memory`, and runs a tile of every kernel of each.
    ///
    /// - Parameters:
    ///   - weights: for each plan the packed weights, for each copy of them.
    ///   - copies: for each worker the copy that it reads.
    init(_ plans: [Plan], weights: [[[UnsafeRawPointer]]], copies: [Int], memory: SessionMemory) {
        count = plans.count
        self.memory = memory
        base = .allocate(capacity: plans.count)
        for (index, plan) in plans.enumerated() {
            let bound = BoundPlan(
                plan, buffers: memory.buffers[index], weights: weights[index], copies: copies, scratch: memory.scratch,
                scratchStride: memory.scratchStride)
            bound.warmUp(plan, buffers: memory.buffers[index])
            (base + index).initialize(
                to: PreparedShape(
                    plan: plan, bound: bound, sampleCount: plan.sampleCount, outputCount: plan.outputCount,
                    timesteps: plan.shape.timesteps))
        }
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    /// That of an index below `count`.
    subscript(index: Int) -> UnsafePointer<PreparedShape> { UnsafePointer(base + index) }

    /// The index of a shape. Allocates nothing.
    func index(of shape: ForwardShape) -> Int? {
        for index in 0..<count where self[index].pointee.plan.shape == shape { return index }
        return nil
    }

    var plans: [Plan] { (0..<count).map { base[$0].plan } }
}
