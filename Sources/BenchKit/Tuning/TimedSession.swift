import UNet1D

/// A session with input and output of its own, to be timed again and again.
final class TimedSession {
    private var session: Session
    private let sample: [Float]
    private let timestep = Timestep(1)
    private var output: [Float]

    /// What is run.
    var plan: Plan { session.plan }

    /// Makes the session and runs it once.
    init(
        _ model: UNet1DModel, _ shape: ForwardShape, _ pool: WorkerPool, _ options: Session.Options
    ) throws(BenchError) {
        session = try library { () throws(UNet1DError) in
            try Session(model: model, shape: shape, pool: pool, options: options)
        }
        sample = [Float](repeating: 0.5, count: session.plan.sampleCount)
        output = [Float](repeating: 0, count: session.plan.outputCount)
        session.set(
            Condition(
                global: [Float](repeating: 0.5, count: session.plan.conditionShapes.globalCount),
                local: [Float](repeating: 0.5, count: session.plan.conditionShapes.localCount)))
        _ = forwards(1)
    }

    /// Nanoseconds of `count` forwards.
    func forwards(_ count: Int) -> Double {
        let sample = sample
        var span = output.mutableSpan
        let start = Clock.now
        for _ in 0..<count { session.forward(sample: sample.span, timestep: timestep, output: &span) }
        return Double(max(1, Clock.now - start))
    }
}

extension [Double] {
    /// The middle one; the mean of the middle two where there are two.
    ///
    /// - Precondition: there is a value.
    var median: Double {
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
