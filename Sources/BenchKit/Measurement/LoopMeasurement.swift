import UNet1DSampling

/// What denoising loops took, beside their own forwards.
public struct LoopFigures: Sendable, Equatable {
    /// diffusers' name of the scheduler's class.
    public var scheduler: String
    /// Forwards, and steps behind them, of a loop.
    public var steps: Int
    /// The outer levels that short forwards compute; nil: all forwards are whole.
    public var shortLevels: Int?
    /// How many forwards make a round of a whole one and short ones.
    public var wholeForwardEvery = 1
    /// Percentiles of whole loops, in milliseconds.
    public var latency: Statistics
    /// Percentiles of the forwards of a loop together, in milliseconds.
    public var forwards: Statistics
    /// The median over the loops of a loop's time in units of its forwards'.
    public var overForwards: Double
    /// Seconds of signal that a loop makes, all batch elements together; nil where the model has no sample rate.
    public var signalSeconds: Double?
}

extension LoopFigures {
    /// The share of a loop that is not the model, by `overForwards`.
    public var shareOutsideModel: Double { 1 - 1 / overForwards }

    /// Steps a second, at the median.
    public var stepsPerSecond: Double { 1000 * Double(steps) / latency.p50 }

    /// Seconds of signal a second, at the median; nil where the model has no sample rate.
    public var signalSecondsPerSecond: Double? { signalSeconds.map { 1000 * $0 / latency.p50 } }
}

extension LoopFigures: ReportRecord {
    /// Times of loops and what follows from them.
    public static var fields: [Field<LoopFigures>] {
        [
            Field("scheduler", \.scheduler), Field("steps", \.steps), Field("short_levels", \.shortLevels),
            Field("whole_every", \.wholeForwardEvery), Field("loops", \.latency.count),
            Field("loop_ms", .milliseconds, \.latency), Field("forwards_ms", .milliseconds, \.forwards),
            Field("loop_over_forwards", \.overForwards), Field("share_outside_model", \.shareOutsideModel),
            Field("steps_per_second", \.stepsPerSecond),
            Field("audio_seconds_per_second", \.signalSecondsPerSecond),
        ]
    }
}

extension LoopFigures {
    /// Measures loops from noise: one that is not counted, then as many or as long as the schedule has it for forwards. Nil
    /// where none are requested.
    ///
    /// - Parameters:
    ///   - session: its forwards are the loops'.
    ///   - noise: as long as a sample.
    ///   - sampleRate: that of the model; nil: it has none.
    /// - Throws: `BenchError.sampling` for a loop that cannot be.
    static func measure(
        _ options: LoopOptions?, _ session: consuming Session, noise: [Float], sampleRate: Int?, schedule: Schedule,
        progress: Progress
    ) throws(BenchError) -> LoopFigures? {
        guard let options else { return nil }
        progress.say("running loops")
        var sampler: Sampler
        do throws(SamplingError) {
            sampler = try Sampler(
                session: session, scheduler: options.scheduler, steps: options.steps, options: options.sampler)
        } catch { throw .sampling(error) }
        var signal = [Float](repeating: 0, count: sampler.sampleCount)
        let first = time(&sampler, noise: noise, &signal)
        var times: [Times] = []
        times.reserveCapacity(schedule.capacity(fastest: first.loop))
        let start = Clock.now
        while times.count < times.capacity, times.isEmpty || !Interruption.isPending {
            times.append(time(&sampler, noise: noise, &signal))
            if let limit = schedule.durationNanoseconds, times.count >= schedule.minimum, Clock.now - start >= limit {
                break
            }
        }
        progress.clear()
        let plan = sampler.session.plan
        let positions = Double(plan.shape.batch) * Double(plan.shape.length)
        return LoopFigures(
            scheduler: options.scheduler.name, steps: sampler.schedule.count, shortLevels: plan.shortLevels,
            wholeForwardEvery: options.sampler.wholeForwardEvery,
            latency: Statistics(times.map { Double($0.loop) / 1e6 }, percentiles: schedule.percentiles),
            forwards: Statistics(times.map { Double($0.forwards) / 1e6 }, percentiles: schedule.percentiles),
            overForwards: Statistics(times.map { Double($0.loop) / Double($0.forwards) }).p50,
            signalSeconds: sampleRate.flatMap { $0 > 0 ? positions / Double($0) : nil })
    }

    /// Nanoseconds of a loop, and of the forwards in it.
    private typealias Times = (loop: UInt64, forwards: UInt64)

    private static func time(_ sampler: inout Sampler, noise: [Float], _ signal: inout [Float]) -> Times {
        var (began, forwards) = (UInt64(0), UInt64(0))
        var output = signal.mutableSpan
        let start = Clock.now
        sampler(noise: noise.span, into: &output) { event in
            switch event {
            case .begins: began = Clock.now
            case .ends: forwards += Clock.now - began
            }
        }
        return (Clock.now - start, forwards)
    }
}
