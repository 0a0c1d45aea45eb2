import UNet1D

extension Sampler {
    /// Sets what the model reads of an observation besides sample and timestep, for the loops from now on: robot policies
    /// plan from one. Computes what depends on it alone. Allocates nothing.
    ///
    /// - Parameters:
    ///   - global: (batch, width), as the plan's `conditionShapes.global` says; empty where that is nil.
    ///   - local: (batch, length, width), as the plan's `conditionShapes.local` says; empty where that is nil.
    /// - Precondition: the counts are those of the plan.
    public mutating func setCondition(global: Span<Float> = Span(), local: Span<Float> = Span()) {
        session.setCondition(global: global, local: local)
    }

    /// Elements of the observation that the model reads.
    package var conditionCounts: (global: Int, local: Int) { session.conditionCounts }

    /// Sets the condition from memory whose counts the caller has compared.
    package mutating func setCondition(uncheckedGlobal global: UnsafePointer<Float>?, local: UnsafePointer<Float>?) {
        session.setCondition(uncheckedGlobal: global, local: local)
    }
}
