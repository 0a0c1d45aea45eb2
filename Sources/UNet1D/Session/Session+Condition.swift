import Planning

// Models that read an observation besides the sample and the timestep: robot policies.

extension Session {
    /// Sets what forwards of the selected shape read besides sample and timestep, and computes what depends on that alone:
    /// once an observation, before the steps of its denoising loop. Allocates nothing, blocks as `forward` does, and keeps
    /// nothing of the caller's memory.
    ///
    /// ```swift
    /// var session = try Session(model: model, shape: ForwardShape(batch: 1, length: 16), pool: pool)
    /// let observation = [Float](repeating: 0, count: session.plan.conditionShapes.globalCount)
    /// var noise = [Float](repeating: 0, count: session.plan.outputCount)
    /// session.setCondition(global: observation.span)
    /// for step in steps {
    ///     var output = noise.mutableSpan
    ///     session.forward(sample: sample.scalars.span, timestep: step, output: &output)
    /// }
    /// ```
    ///
    /// It holds until another is set, and until a forward of another shape, or `prepare`, uses the memory.
    ///
    /// - Parameters:
    ///   - global: (batch, width), as `plan.conditionShapes.global` says; empty where that is nil.
    ///   - local: (batch, length, width), as `plan.conditionShapes.local` says; empty where that is nil.
    /// - Precondition: the counts are those of the plan.
    public mutating func setCondition(global: Span<Float> = Span(), local: Span<Float> = Span()) {
        let shapes = prepared[selected].pointee.conditionCounts
        precondition(
            global.count == shapes.global, "the global condition's count is not that of the plan's conditionShapes")
        precondition(
            local.count == shapes.local, "the local condition's count is not that of the plan's conditionShapes")
        global.withUnsafeBufferPointer { global in
            local.withUnsafeBufferPointer { local in
                setCondition(uncheckedGlobal: global.baseAddress, local: local.baseAddress)
            }
        }
    }

    /// Whether forwards of the selected shape have all that they read: a condition was set for it, and is still there, or
    /// the model reads none.
    public var isConditioned: Bool {
        let counts = prepared[selected].pointee.conditionCounts
        return conditioned == selected || counts.global + counts.local == 0
    }

    /// Elements of the observation that the selected shape reads.
    package var conditionCounts: (global: Int, local: Int) { prepared[selected].pointee.conditionCounts }

    /// Sets the condition from memory whose counts the caller has compared.
    package mutating func setCondition(uncheckedGlobal global: UnsafePointer<Float>?, local: UnsafePointer<Float>?) {
        latestWhole = nil
        conditioned = selected
        prepared[selected].pointee.bound.setCondition(global: global, local: local)
        run(prepared[selected].pointee.bound, .observation)
    }

    /// Ends where the selected shape's forwards would read a condition that is not there, and forgets another shape's, whose
    /// memory is about to be used.
    mutating func checkCondition() {
        precondition(
            isConditioned, "the model reads an observation: call setCondition for the selected shape before a forward")
        if conditioned != selected { conditioned = nil }
    }
}
