import Checkpoint
import KernelArguments

/// The shapes of what a network reads besides sample and timestep: of an observation.
public struct ConditionShapes: Sendable, Hashable {
    /// (batch, width); nil: the network reads no global condition.
    public let global: [Int]?
    /// (batch, length, width); nil: the network reads no local condition.
    public let local: [Int]?

    init(_ condition: NetworkCondition?, _ shape: ForwardShape) {
        global = condition.flatMap { $0.globalWidth > 0 ? [shape.batch, $0.globalWidth] : nil }
        local = condition?.local.map { [shape.batch, shape.length, $0.width] }
    }

    /// Whether the network reads neither.
    public var isEmpty: Bool { global == nil && local == nil }
    /// Elements of the global condition.
    public var globalCount: Int { global?.reduce(1, *) ?? 0 }
    /// Elements of the local condition.
    public var localCount: Int { local?.reduce(1, *) ?? 0 }
}

// Which stages depend on what: those of the observation come first, then those of the timestep.

extension Plan {
    /// Stages that depend on the observation alone: they run once an observation.
    package var observationStages: Int { stages(before: .observation) }

    /// Stages that depend on the observation alone or on the timestep alone: what the latter give may be tabulated.
    package var stepStages: Int { stages(before: .step) }

    private func stages(before last: Phase) -> Int {
        let end = operations.firstIndex { $0.phase != .observation && ($0.phase != .step || last == .observation) }
        return end.map { operations[$0].stage } ?? stageCount
    }

    /// The part of a forward's work that a loop does once: bytes of weights, and multiply-adds.
    package func work(of phase: Phase) -> (weightBytes: Int, multiplyAdds: Int) {
        operations.reduce(into: (0, 0)) { sum, operation in
            guard operation.phase == phase else { return }
            sum.0 = saturatingSum(sum.0, operation.weightBytes)
            sum.1 = saturatingSum(sum.1, operation.multiplyAdds)
        }
    }

    /// What the operations of the timestep give to others: a buffer and its floats, each.
    package var stepResults: [(buffer: Int, floats: Int)] {
        let written = Set(operations.filter { $0.phase == .step }.flatMap(\.calls).compactMap(\.writes))
        let read = Set(operations.filter { $0.phase == .sample }.flatMap(\.calls).flatMap(\.reads))
        return written.intersection(read).sorted().map { ($0, buffers[$0].totalFloats) }
    }
}
