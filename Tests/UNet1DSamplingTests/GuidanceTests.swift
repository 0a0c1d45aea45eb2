import Glibc
import TestSupport
import Testing
import UNet1DSampling

/// Guided loops: what moves a sample is the gradient of the loss through the limit, the estimate and the model.
@Suite struct GuidanceTests {
    /// One step, after which nothing but the move is left of the sample.
    private struct MoveAlone: DenoisingScheduler {
        static let (sample, output) = (0.9, -0.4)
        var limit = SampleLimit.none
        var readsVariance = false

        func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
            try Schedule("MoveAlone", count: steps, timestepType: .float32, readsVariance: readsVariance) { _, _ in
                StepRow(
                    timestep: 0.4, before: NoiseLevel(signal: 0.5, noise: 0.5), after: .clean,
                    estimate: Self.sample * .sample + Self.output * .output, limit: limit, next: .zero)
            }
        }
    }

    private static let (batch, length) = (2, 96)

    private static func model(outChannels: Int = 2) throws -> UNet1DModel {
        try UNet1DModel(
            configuration: UNet1DConfiguration(
                inChannels: 2, outChannels: outChannels, extraInChannels: 16, blockOutChannels: [32, 32, 32]), seed: 3)
    }

    private static func session(_ model: UNet1DModel, workers: Int = 2) throws -> GradientSession {
        try GradientSession(
            model: model, shape: ForwardShape(batch: batch, length: length), pool: Pools.pool(workers))
    }

    private static func numbers(_ count: Int, _ seed: Double) -> [Float] {
        (0..<count).map { Float(sin(seed + Double($0 * $0))) }
    }

    /// What a sampler makes of noise, and the estimates of its last step.
    private static func run(_ sampler: inout Sampler, _ noise: [Float]) -> (sample: [Float], estimate: [Float]) {
        var sample = [Float](repeating: .nan, count: sampler.sampleCount)
        var estimate = sample
        var output = sample.mutableSpan
        sampler(noise: noise.span, into: &output) { _, _, _, shown in
            for i in shown.indices { estimate[i] = shown[i] }
            return true
        }
        return (sample, estimate)
    }

    /// Against differences of the loss Σ ½ w (e − y)² along directions d, through the whole map from u to e.
    ///
    /// A central difference of step h errs by h² T, and by the estimates' rounding over h. That of h / 2 errs by a quarter of
    /// h² T, so that ⅓ of what the two differ by is its error; all of it is allowed. The rounding of a forward, 2e-6 of the
    /// estimates' size, enters weighted with the cotangent and a random sign: its root mean square, five times.
    @Test func equalsDifferencesOfTheLoss() throws {
        var sampler = try Sampler(session: Self.session(Self.model()), scheduler: MoveAlone(), steps: 1)
        let count = sampler.sampleCount
        let (u, y) = (Self.numbers(count, 1), Self.numbers(count, 2))
        let w = Self.numbers(count, 3).map { 1 + 0.5 * $0 }
        try sampler.guide(
            by: Guidance(scale: -1) { estimate, cotangent in
                for i in estimate.indices { cotangent[i] = w[i] * (estimate[i] - y[i]) }
            })
        let (gradient, estimate) = Self.run(&sampler, u)
        try sampler.guide(by: nil)
        func difference(_ d: [Float], _ h: Float) -> Double {
            func loss(_ sign: Float) -> Double {
                let e = Self.run(&sampler, zip(u, d).map { $0 + sign * h * $1 }).estimate
                return (0..<count).reduce(0) { $0 + 0.5 * Double(w[$1]) * pow(Double(e[$1]) - Double(y[$1]), 2) }
            }
            return (loss(1) - loss(-1)) / (2 * Double(h))
        }
        let weighted = (0..<count).reduce(0.0) { $0 + pow(Double(w[$1] * (estimate[$1] - y[$1]) * estimate[$1]), 2) }
        for seed in 4..<8 {
            let d: [Float] = Self.numbers(count, Double(seed)).map { $0 < 0 ? -1 : 1 }
            // A power of two, by which nothing is rounded.
            let h: Float = 1 / 128
            let (wide, narrow) = (difference(d, h), difference(d, h / 2))
            let slope = (0..<count).reduce(0.0) { $0 + Double(gradient[$1]) * Double(d[$1]) }
            let rounding = 5 * 2e-6 * weighted.squareRoot() / Double(h)
            let tolerance = abs(wide - narrow) + rounding
            #expect(abs(slope - narrow) < tolerance, "\(slope), \(narrow), \(wide)")
            #expect(tolerance < 0.02 * abs(slope), "a tolerance of \(tolerance) for \(slope) says nothing")
        }
    }

    /// a · c + Jᵀ(b · c), with the c that the limit leaves, of all channels that the output may have.
    @Test(
        arguments: [SampleLimit.none, .clip(range: 0.4), .dynamicThreshold(ratio: 0.9, maximum: 1.6)], [false, true])
    func cotangentsPassTheLimit(limit: SampleLimit, readsVariance: Bool) throws {
        let model = try Self.model(outChannels: readsVariance ? 4 : 2)
        var scheduler = MoveAlone(readsVariance: readsVariance)
        var plain = try Sampler(session: Self.session(model), scheduler: scheduler, steps: 1)
        let count = plain.sampleCount
        let (u, c) = (Self.numbers(count, 1).map { 2 * $0 }, Self.numbers(count, 2))
        let unlimited = Self.run(&plain, u).estimate
        scheduler.limit = limit
        var sampler = try Sampler(session: Self.session(model), scheduler: scheduler, steps: 1)
        try sampler.guide(
            by: Guidance(scale: -0.5) { _, cotangent in for i in c.indices { cotangent[i] = c[i] } })
        let (moved, estimate) = Self.run(&sampler, u)

        // What the limit leaves: nothing where several estimates are the largest, else what it scales them by.
        let elements = count / Self.batch
        var left = c
        for rows in [0..<elements, elements..<count] where limit != .none {
            let largest = rows.reduce(0) { max($0, abs(estimate[$1])) }
            let isCut = { (i: Int) in abs(estimate[i]) == largest }
            #expect(rows.filter(isCut).count > 1)
            let free = rows.filter { !isCut($0) }.max { abs(unlimited[$0]) < abs(unlimited[$1]) }!
            let ratio = estimate[free] / unlimited[free]
            for i in rows { left[i] = isCut(i) ? 0 : c[i] * ratio }
        }
        var session = try Self.session(model)
        let outputs = session.plan.outputShape.reduce(1, *)
        var cotangent = [Float](repeating: 0, count: outputs), value = cotangent
        for i in 0..<count {
            cotangent[i / elements * (outputs / Self.batch) + i % elements] = Float(MoveAlone.output) * left[i]
        }
        var gradient = [Float](repeating: .nan, count: count)
        var first = value.mutableSpan
        var second = gradient.mutableSpan
        session.valueAndGradient(
            sample: u.span, timestep: Timestep(0.4), cotangent: cotangent.span, output: &first, gradient: &second)
        // Roundings of two sums and of what scales them.
        for i in 0..<count {
            let (direct, carried) = (Float(MoveAlone.sample) * left[i], gradient[i])
            let size = abs(direct) + (gradient.map { abs($0) }.max() ?? 0)
            #expect(abs(moved[i] - 0.5 * (direct + carried)) <= 8 * Float.ulpOfOne * size, "\(i)")
        }
    }

    /// A loop with everything: drawn noise, a clipped estimate, held values, repeated steps, two signals at once.
    private static func loop(
        workers: Int, guidance: Guidance?, plainSession: Bool = false, ended: Int = .max
    ) throws -> [Float] {
        let scheduler = DDPMScheduler(training: TrainingNoise(betas: .squaredCosine), prediction: .velocity)
        let options = Sampler.Options(noise: .philox(seed: 4), timestepScale: 1e-3)
        let model = try model()
        var sampler =
            plainSession
            ? try Sampler(
                session: Session(
                    model: model, shape: ForwardShape(batch: batch, length: length), pool: Pools.pool(workers)),
                scheduler: scheduler, steps: 5, options: options)
            : try Sampler(session: session(model, workers: workers), scheduler: scheduler, steps: 5, options: options)
        try sampler.hold(
            HeldValues(
                numbers(sampler.sampleCount, 8), shape: [batch, 2, length], positions: [0..<20], level: .noised),
            resampling: Resampling(repetitions: 2, jump: 2))
        if let guidance { try sampler.guide(by: guidance) }
        var signal = [Float](repeating: .nan, count: sampler.sampleCount)
        var output = signal.mutableSpan
        sampler(into: &output) { index, _, _, _ in index < ended }
        return signal
    }

    private static func towards(_ signal: [Float], scale: Double) -> Guidance {
        Guidance(scale: scale) { estimate, cotangent in
            for i in stride(from: 0, to: signal.count, by: 2) { cotangent[i] = estimate[i] - signal[i] }
        }
    }

    @Test func theSameBitsForAllWorkers() throws {
        let signal = Self.numbers(Self.batch * 2 * Self.length, 9)
        let alone = try Self.loop(workers: 1, guidance: Self.towards(signal, scale: 0.3))
        for workers in [2, 5] {
            let other = try Self.loop(workers: workers, guidance: Self.towards(signal, scale: 0.3))
            #expect(other.map(\.bitPattern) == alone.map(\.bitPattern))
        }
        let plain = try Self.loop(workers: 2, guidance: nil)
        #expect(plain != alone && alone.allSatisfy { $0.isFinite })
        for i in 0..<20 { #expect(alone[i] == Self.numbers(20, 8)[i], "a held value was moved") }
        // Nothing is guided, or by nothing.
        let others = try [
            Self.loop(workers: 2, guidance: nil, plainSession: true),
            Self.loop(workers: 2, guidance: Self.towards(signal, scale: 0)),
        ]
        for other in others { #expect(other.map(\.bitPattern) == plain.map(\.bitPattern)) }
    }

    /// What is guided comes nearer to what it is to agree with.
    @Test func lossesFall() throws {
        let model = try UNet1DModel(directory: Fixture.root + "/../../Profiles/Models/ecg-512")
        func distance(scale: Double) throws -> Float {
            var sampler = try Sampler(
                session: GradientSession(
                    model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(2)),
                scheduler: IPNDMScheduler(), steps: 10)
            try sampler.guide(
                by: Guidance(scale: scale) { estimate, cotangent in
                    for i in 0..<48 { cotangent[i] = estimate[i] - 0.2 }
                })
            let signal = Self.run(&sampler, Self.numbers(96, 1)).sample
            return signal[..<48].reduce(0) { $0 + ($1 - 0.2) * ($1 - 0.2) }
        }
        let (plain, near, nearer) = try (distance(scale: 0), distance(scale: 0.1), distance(scale: 0.5))
        #expect(nearer < near && near < plain, "\(nearer), \(near), \(plain)")
    }

    /// A step whose estimate divides by a signal of zero is not moved.
    @Test func stepsWithoutSignalAreNotMoved() throws {
        struct NoSignal: DenoisingScheduler {
            func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
                try Schedule("NoSignal", count: steps) { _, _ in
                    StepRow(
                        timestep: 1, before: NoiseLevel(signal: 0, noise: 1), after: .clean,
                        estimate: (.sample - .output) / 0, next: .output)
                }
            }
        }
        var sampler = try Sampler(session: Self.session(Self.model()), scheduler: NoSignal(), steps: 1)
        try sampler.guide(by: Guidance(scale: 1) { _, cotangent in cotangent[0] = .nan })
        #expect(Self.run(&sampler, Self.numbers(sampler.sampleCount, 1)).sample.allSatisfy { $0.isFinite })
    }

    @Test func refusesWhatDoesNotFit() throws {
        let model = try Self.model()
        let nothing = Guidance(scale: 1) { _, _ in }
        func message(_ body: () throws -> Void) -> String {
            let error = #expect(throws: SamplingError.self, performing: body)
            return error.map { "\($0)" } ?? ""
        }
        let plain = message {
            var sampler = try Sampler(
                session: Session(model: model, shape: ForwardShape(batch: 1, length: 96), pool: Pools.pool(1)),
                scheduler: IPNDMScheduler(), steps: 2)
            try sampler.guide(by: nothing)
        }
        #expect(plain.hasPrefix("guidance: found a sampler of a Session") && plain.contains("GradientSession"))
        let corrected = message {
            var sampler = try Sampler(session: Self.session(model), scheduler: UniPCMultistepScheduler(), steps: 2)
            try sampler.guide(by: nothing)
        }
        #expect(corrected.hasPrefix("guidance: found a scheduler that corrects"), "\(corrected)")
        for scale in [Double.nan, .infinity, 1e300] {
            let infinite = message {
                var sampler = try Sampler(session: Self.session(model), scheduler: IPNDMScheduler(), steps: 2)
                try sampler.guide(by: Guidance(scale: scale) { _, _ in })
            }
            #expect(infinite.hasPrefix("guidance's scale: found \(scale)"), "\(infinite)")
        }
        let short = message {
            _ = try Sampler(
                session: Self.session(model), scheduler: IPNDMScheduler(), steps: 2,
                options: Sampler.Options(wholeForwardEvery: 2))
        }
        #expect(short.hasPrefix("wholeForwardEvery: found 2") && short.contains("gradients are whole"), "\(short)")
        let value = message {
            let model = try UNet1DModel(directory: Fixture.named("value_small").directory)
            _ = try Sampler(
                session: GradientSession(
                    model: model, shape: ForwardShape(batch: 1, length: 16), pool: Pools.pool(1)),
                scheduler: IPNDMScheduler(), steps: 2)
        }
        #expect(value.hasPrefix("the model's output has the shape [1, 1]"), "\(value)")
    }
}
