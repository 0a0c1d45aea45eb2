import UNet1D

// What a planner has come to.

extension GuidedPlanner {
    /// Plans once, and gives the action, the plans and the values, or any of them. Allocates nothing. As `callAsFunction`,
    /// but for memory of any kind; nothing is done where a pointer is nil.
    ///
    /// - Precondition: the counts of what is not nil are `actionCount`, those of `sampleShape`, and the batch.
    package mutating func plan(
        observation: Span<Float>, noise: Span<Float>?, action: UnsafeMutableBufferPointer<Float>?,
        plans: UnsafeMutableBufferPointer<Float>?, values: UnsafeMutableBufferPointer<Float>?
    ) {
        plan(observation, noise)
        if let action { copyAction(to: action) }
        if let plans { copyPlans(to: plans) }
        if let values { copyValues(to: values) }
    }

    /// The first action of the best plan, scaled back.
    func copyAction(to action: UnsafeMutableBufferPointer<Float>) {
        let (channels, length) = (sampleShape[1], sampleShape[2])
        let best = memory.plans + Int(memory.order[0]) * channels * length
        for channel in 0..<actions {
            action[channel] = options.scaling.actions.unscaled(best[channel * length], channel)
        }
    }

    /// The plans, the best first.
    func copyPlans(to plans: UnsafeMutableBufferPointer<Float>) {
        let (batch, elements) = (sampleShape[0], sampleShape[1] * sampleShape[2])
        for rank in 0..<batch {
            let plan = Int(memory.order[rank])
            for i in 0..<elements { plans[rank * elements + i] = memory.plans[plan * elements + i] }
        }
    }

    /// The values, the best first.
    func copyValues(to values: UnsafeMutableBufferPointer<Float>) {
        for rank in 0..<sampleShape[0] { values[rank] = memory.values[Int(memory.order[rank])] }
    }
}
