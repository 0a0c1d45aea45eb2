import Testing
import UNet1DSampling

/// Sums and means of the absolute values of samples that diffusers' own tests of its schedulers publish. Their model is
/// u · t / (t + 1), their noise PyTorch's from the seed 0. Source: diffusers 0.26.3, tests/schedulers.
@Suite struct PublishedSumsTests {
    /// A run, and what it must give.
    struct Run: Sendable, CustomTestStringConvertible {
        var scheduler: any DenoisingScheduler
        var steps = 10
        /// The sample's numbers: 768, or 96 in the tests of one dimension.
        var count = 768
        /// The first step of a run that adds noise to the sample.
        var start: Int?
        var sum: Double?
        var mean: Double
        var testDescription: String { "\(type(of: scheduler)) \(mean)" }
    }

    private static let euler = TrainingNoise(timesteps: 1100)
    private static func solver(
        _ prediction: Prediction = .noise, _ sigmas: SigmaSpacing = .timesteps, limit: SampleLimit = .none
    ) -> DPMSolverMultistepScheduler {
        DPMSolverMultistepScheduler(
            prediction: prediction, limit: limit, lowerOrderFinal: false, sigmas: sigmas, finalSigma: .sigmaMin)
    }
    private static func ddim(setAlphaToOne: Bool) -> DDIMScheduler {
        DDIMScheduler(
            training: TrainingNoise(betas: .linear(start: 0.01, end: 0.02)), setAlphaToOne: setAlphaToOne)
    }

    static let runs: [Run] = [
        Run(scheduler: DDIMScheduler(), sum: 172.0067, mean: 0.223967),
        Run(scheduler: DDIMScheduler(prediction: .velocity), sum: 52.5302, mean: 0.0684),
        Run(scheduler: ddim(setAlphaToOne: true), sum: 149.8295, mean: 0.1951),
        Run(scheduler: ddim(setAlphaToOne: false), sum: 149.0784, mean: 0.1941),
        Run(scheduler: DDIMScheduler(), start: 8, sum: 354.5418, mean: 0.4616),
        Run(scheduler: solver(), mean: 0.3301),
        Run(scheduler: solver(limit: .dynamicThreshold(ratio: 0.87, maximum: 0.5)), mean: 1.1364),
        Run(scheduler: solver(.velocity), mean: 0.2251),
        Run(scheduler: solver(.velocity, .karras), mean: 0.2096),
        Run(scheduler: solver(.velocity, .lu), mean: 0.1554),
        Run(scheduler: solver(), start: 5, sum: 318.4111, mean: 0.4146),
        Run(scheduler: EulerDiscreteScheduler(training: euler), sum: 10.0807, mean: 0.0131),
        Run(scheduler: EulerDiscreteScheduler(training: euler, sigmas: .karras()), sum: 124.522995, mean: 0.162139),
        Run(scheduler: EulerDiscreteScheduler(training: euler, prediction: .velocity), sum: 0.0002, mean: 2.2676e-06),
        Run(scheduler: EulerDiscreteScheduler(training: euler), start: 8, sum: 57062.9297, mean: 74.3007),
        Run(scheduler: UniPCMultistepScheduler(), mean: 0.2464),
        Run(scheduler: UniPCMultistepScheduler(sigmas: .karras), mean: 0.2925),
        Run(scheduler: UniPCMultistepScheduler(prediction: .velocity), mean: 0.1014),
        Run(scheduler: UniPCMultistepScheduler(prediction: .velocity, sigmas: .karras), mean: 0.1966),
        Run(scheduler: UniPCMultistepScheduler(), start: 8, sum: 315.5757, mean: 0.4109),
        Run(scheduler: UniPCMultistepScheduler(), count: 96, mean: 0.2441),
        Run(scheduler: UniPCMultistepScheduler(sigmas: .karras), count: 96, mean: 0.2898),
        Run(scheduler: UniPCMultistepScheduler(prediction: .velocity), count: 96, mean: 0.1014),
        Run(scheduler: UniPCMultistepScheduler(prediction: .velocity, sigmas: .karras), count: 96, mean: 0.1944),
        Run(scheduler: LCMScheduler(), steps: 1, sum: 18.7097, mean: 0.0244),
        Run(scheduler: LCMScheduler(), sum: 197.7616, mean: 0.2575),
        Run(scheduler: DDPMScheduler(), steps: 1000, sum: 258.9606, mean: 0.3372),
        Run(scheduler: DDPMScheduler(prediction: .velocity), steps: 1000, sum: 202.0296, mean: 0.2631),
        Run(scheduler: DDPMScheduler(), steps: 1000, start: 998, sum: 387.9466, mean: 0.5051),
        Run(scheduler: EulerAncestralDiscreteScheduler(training: euler), sum: 152.3192, mean: 0.1983),
        Run(
            scheduler: EulerAncestralDiscreteScheduler(training: euler, prediction: .velocity), sum: 108.4439,
            mean: 0.1412),
        Run(scheduler: EulerAncestralDiscreteScheduler(training: euler), start: 8, sum: 56163.0508, mean: 73.1290),
    ]

    /// Rising numbers below one, and the same in falling order as noise; four batch elements are interleaved.
    private static func values(_ count: Int) -> [Double] { (0..<count).map { Double($0) / Double(count) } }

    @Test(arguments: runs) func sumsOfAbsoluteValues(run: Run) throws {
        let schedule = try run.scheduler.prepare(steps: run.steps, precision: .float32)
        let start = run.start ?? 0
        // The tests scale the sample of Euler's method alone, also the one that noise is added to.
        let initial = schedule.initialNoiseScale / schedule[0].inputScale
        // Numbers of all batch elements, draw by draw.
        let draws = (start..<schedule.count).count { schedule[$0].noise.isDrawn }
        var stream = try NoiseStream(.torch(seed: 0), batch: 1, elements: 768, draws: draws)
        let numbers = UnsafeMutableBufferPointer<Float>.allocate(capacity: draws * 768)
        defer { numbers.deallocate() }
        for draw in 0..<draws { stream.next(.init(rebasing: numbers[draw * 768..<(draw + 1) * 768])) }
        let values = Self.values(run.count)
        var last: [Double] = []
        for element in 0..<4 {
            var draw = 0
            let row = schedule[start, kept: 0]
            let sample = stride(from: element, to: run.count, by: 4).map { i in
                run.start == nil
                    ? values[i] * schedule.initialNoiseScale
                    : row.before.signal * initial * values[i] + row.before.noise * values[run.count - 1 - i]
            }
            var steps = ReferenceSteps(schedule, sample: sample)
            for step in start..<schedule.count {
                var noise: [Double] = []
                if schedule[step].noise.isDrawn {
                    noise = (0..<192).map { Double(numbers[draw * 768 + element * 192 + $0]) }
                    draw += 1
                }
                advance(&steps, schedule, step, noise)
            }
            last += steps.sample.map(abs)
        }
        let sum = last.reduce(0, +)
        // The tests' own tolerances.
        if let expected = run.sum { #expect(abs(sum - expected) < max(1e-2, 1e-6 * expected)) }
        #expect(abs(sum / Double(run.count) - run.mean) < 1e-3)
    }

    /// Twice ten steps, the second time with the history of the first, which the first signal of zero blows up.
    @Test func meanOfIPNDM() throws {
        let schedule = try IPNDMScheduler().prepare(steps: 10, precision: .float32)
        var steps = ReferenceSteps(schedule, sample: Self.values(768))
        for _ in 0..<2 { for step in 0..<10 { advance(&steps, schedule, step) } }
        #expect(abs(steps.sample.map(abs).reduce(0, +) / 768 - 2_540_529) < 10)
    }

    private func advance(_ steps: inout ReferenceSteps, _ schedule: Schedule, _ step: Int, _ noise: [Double] = []) {
        let row = schedule[step]
        let output = steps.sample.map { $0 * row.timestep / (row.timestep + 1) }
        if row.inputScale != 1 {
            // The tests of Euler's method step from the scaled sample, as if it were the sample itself.
            steps = ReferenceSteps(schedule, sample: steps.sample.map { $0 * row.inputScale })
        }
        steps.step(step, output: output, noise: noise)
    }

    /// Variances between two timesteps.
    @Test(arguments: [(50, 420, 0.14771), (50, 980, 0.32460), (1000, 487, 0.00979), (1000, 999, 0.02)])
    func variancesOfDDIM(steps: Int, timestep: Double, variance: Double) throws {
        let schedule = try DDIMScheduler(eta: 1).prepare(steps: steps)
        let row = (0..<schedule.count).map { schedule[$0] }.first { $0.timestep == timestep }
        guard case .scaled(let deviation) = row?.noise else { Issue.record("no noise"); return }
        #expect(abs(deviation * deviation - variance) < 1e-5)
    }

    @Test(arguments: [(487, 0.00979), (999, 0.02)]) func variancesOfDDPM(timestep: Double, variance: Double) throws {
        let schedule = try DDPMScheduler().prepare(steps: 1000)
        guard case .scaled(let deviation) = schedule[999 - Int(timestep)].noise else {
            Issue.record("no noise"); return
        }
        #expect(abs(deviation * deviation - variance) < 1e-5)
    }
}
