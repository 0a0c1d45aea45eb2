import UNet1D

/// What an output with its gradient took, beside a forward.
public struct GradientFigures: Sendable, Equatable {
    /// Percentiles of an output and its gradient together, in milliseconds.
    public var latency: Statistics
    /// Percentiles of the forwards that alternated with them, in milliseconds.
    public var forwards: Statistics
    /// The median over all pairs of an output and its gradient in units of the forward before them.
    public var overForward: Double
    /// Bytes of the arena.
    public var arenaBytes: Int
    /// The least bytes that an arena can have.
    public var arenaLowerBoundBytes: Int
    /// Bytes that the forward keeps for the gradient.
    public var keptBytes: Int
    /// Bytes of what the gradient computes again.
    public var recomputedBytes: Int
    /// Packed weights of both.
    public var weightBytes: Int
}

extension GradientFigures: ReportRecord {
    /// Times and memory.
    public static var fields: [Field<GradientFigures>] {
        [
            Field("gradients", \.latency.count), Field("value_and_gradient_ms", .milliseconds, \.latency),
            Field("forward_ms", .milliseconds, \.forwards), Field("over_forward", \.overForward),
            Field("arena_bytes", .bytes, \.arenaBytes),
            Field("arena_lower_bound_bytes", .bytes, \.arenaLowerBoundBytes),
            Field("kept_bytes", .bytes, \.keptBytes), Field("recomputed_bytes", .bytes, \.recomputedBytes),
            Field("weights_bytes", .bytes, \.weightBytes),
        ]
    }
}

extension GradientFigures {
    /// Measures outputs with gradients of the sum of all outputs, each behind a forward of `session`: one pair that is not
    /// counted, then as many or as long as the schedule has it for forwards.
    ///
    /// - Throws: `BenchError.model` for memory that cannot be had.
    static func measure(
        _ session: inout Session, model: UNet1DModel, options: Session.Options, sample: [Float], timestep: Timestep,
        condition: Condition, schedule: Schedule, progress: Progress
    ) throws(BenchError) -> GradientFigures {
        progress.say("measuring gradients")
        let (shape, pool) = (session.plan.shape, session.pool)
        let planned = try library { () throws(UNet1DError) in try model.gradientPlan(shape, options: options) }
        try AvailableMemory.check(planned.plan, workers: pool.workers, subject: "run --gradient")
        var gradients = try library { () throws(UNet1DError) in
            try GradientSession(model: model, shape: shape, pool: pool, options: options)
        }
        if !session.plan.conditionShapes.isEmpty {
            gradients.setCondition(global: condition.global.span, local: condition.local.span)
        }
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var gradient = sample
        func time() -> (forward: UInt64, both: UInt64) {
            var outputs = output.mutableSpan
            var slopes = gradient.mutableSpan
            let start = Clock.now
            session.forward(sample: sample.span, timestep: timestep, output: &outputs)
            let middle = Clock.now
            gradients.valueAndGradient(
                sample: sample.span, timestep: timestep, output: &outputs, gradient: &slopes)
            return (middle - start, Clock.now - middle)
        }
        let first = time()
        var times: [(forward: UInt64, both: UInt64)] = []
        times.reserveCapacity(schedule.capacity(fastest: first.forward + first.both))
        let start = Clock.now
        while times.count < times.capacity, times.isEmpty || !Interruption.isPending {
            times.append(time())
            if let limit = schedule.durationNanoseconds, times.count >= schedule.minimum, Clock.now - start >= limit {
                break
            }
        }
        progress.clear()
        let plan = gradients.plan
        return GradientFigures(
            latency: Statistics(times.map { Double($0.both) / 1e6 }, percentiles: schedule.percentiles),
            forwards: Statistics(times.map { Double($0.forward) / 1e6 }, percentiles: schedule.percentiles),
            overForward: Statistics(times.map { Double($0.both) / Double($0.forward) }).p50,
            arenaBytes: plan.arenaBytes, arenaLowerBoundBytes: plan.arenaLowerBoundBytes, keptBytes: plan.keptBytes,
            recomputedBytes: plan.recomputedBytes, weightBytes: plan.weightBytes)
    }
}
