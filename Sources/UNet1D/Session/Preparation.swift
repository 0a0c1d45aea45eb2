import Memory
import Planning

/// What a session prepares shapes with.
struct Preparation: @unchecked Sendable {
    // Sendable unchecked: a caller's memory is an address range, which the session alone uses.

    /// Keeps the packed weights.
    let model: UNet1DModel
    let options: Session.Options
    let arena: SessionMemory.Arena
    /// Decided when the session is made; further shapes keep it.
    let nodes: NodeArrangement
    /// Whether plans have the gradient with respect to the sample, too.
    let isDifferentiated: Bool

    /// Plans each of `shapes` once.
    static func plans(
        _ shapes: [ForwardShape], _ model: UNet1DModel, _ options: Session.Options, differentiated: Bool
    ) throws(UNet1DError) -> [Plan] {
        guard !shapes.isEmpty else {
            throw .shape(found: "none", expected: "one or more that the session is to be prepared for")
        }
        var plans: [Plan] = []
        for shape in shapes where !plans.contains(where: { $0.shape == shape }) {
            plans.append(try model.plan(shape, options: options, differentiated: differentiated))
        }
        return plans
    }

    /// Plans another shape.
    func plan(_ shape: ForwardShape) throws(UNet1DError) -> Plan {
        try model.plan(shape, options: options, differentiated: isDifferentiated)
    }

    /// Packs weights, maps and touches memory, binds, and runs a tile of every kernel.
    func make(_ plans: [Plan], workers: Int) throws(UNet1DError) -> PreparedShapes {
        var weights: [[[UnsafeRawPointer]]] = []
        for plan in plans { weights.append(try model.weights(plan, nodes)) }
        do throws(MemoryError) {
            let memory = try SessionMemory(
                plans, workers: workers, arena: arena,
                options: MappedMemory.Options(adviseHugePages: options.hugePages, lock: options.lockMemory),
                nodes: nodes)
            return try PreparedShapes(plans, weights: weights, copies: nodes.copies(workers: workers), memory: memory)
        } catch {
            throw .memory(error)
        }
    }
}
