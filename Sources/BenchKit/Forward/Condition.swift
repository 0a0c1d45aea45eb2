import Checkpoint
import UNet1D

/// What a model reads besides sample and timestep: an observation. Empty where it reads none.
struct Condition: Sendable {
    /// (batch, width), row-major.
    var global: [Float] = []
    /// (batch, length, width), row-major.
    var local: [Float] = []
}

extension Session {
    /// Sets a condition that fits the selected shape; nothing where there is none.
    mutating func set(_ condition: Condition) {
        if plan.conditionShapes.isEmpty { return }
        setCondition(global: condition.global.span, local: condition.local.span)
    }
}

extension Workload {
    /// An observation of random numbers, the same for the same seed.
    func condition(_ plan: Plan) -> Condition {
        func numbers(_ count: Int, _ salt: UInt64) -> [Float] {
            let recipe = SeededWeights.sample(count: count, seed: seed ^ salt)
            return (0..<count).map { recipe.value(at: $0) }
        }
        return Condition(
            global: numbers(plan.conditionShapes.globalCount, 1), local: numbers(plan.conditionShapes.localCount, 2))
    }
}
