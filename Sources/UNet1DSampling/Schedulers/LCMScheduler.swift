import Checkpoint

/// Latent consistency models: each step estimates the clean sample, and adds noise anew but for the last.
///
/// Sources: Luo and others, <https://arxiv.org/abs/2310.04378>; diffusers 0.26.3, scheduling_lcm.py.
public struct LCMScheduler: DiffusersScheduler {
    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// What bounds the estimate of the clean sample.
    public var limit: SampleLimit
    /// The steps of the schedule that was distilled, from which timesteps are taken.
    public var originalSteps: Int
    /// The factor of timesteps in the boundary condition: `timestep_scaling`.
    public var timestepScaling: Double
    /// How much of the distilled schedule is used, 0 to 1. An argument of `set_timesteps` in diffusers.
    public var strength: Double

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(betas: .scaledLinear(start: 0.00085, end: 0.012)),
        prediction: Prediction = .noise, limit: SampleLimit = .none, originalSteps: Int = 50,
        timestepScaling: Double = 10, strength: Double = 1
    ) {
        self.training = training
        self.prediction = prediction
        self.limit = limit
        self.originalSteps = originalSteps
        self.timestepScaling = timestepScaling
        self.strength = strength
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields, standard: (0.00085, 0.012, "scaled_linear"))
        originalSteps = try fields.integer("original_inference_steps", default: 50, in: 1...TrainingNoise.maximumSteps)
        limit = try SampleLimit(&fields, clips: false)
        prediction = try fields.prediction()
        timestepScaling = try fields.number("timestep_scaling", default: 10)
        // Nothing depends on these: no step leads before the first timestep, and timesteps are those of the distillation.
        _ = try fields.truth("set_alpha_to_one", default: true)
        _ = try fields.spacing(default: .leading)
        strength = 1
    }

    /// Computes the table; timesteps are whole. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try training.check(steps: steps, Self.className)
        try limit.check(Self.className)
        let alphas = AlphaTable(
            alphas: try training.cumulativeAlphas(precision, for: Self.className), scheduler: Self.className)
        let times = try timesteps(steps)
        return try Schedule(Self.className, count: steps) { step, _ throws(SchedulerError) in
            let isLast = step == steps - 1
            let before = NoiseLevel(variancePreserving: try alphas.alpha(at: times[step], prediction))
            let after =
                isLast ? .clean : NoiseLevel(variancePreserving: try alphas.alpha(at: times[step + 1]))
            // The boundary condition of a consistency model, with a standard deviation of the data of one half.
            let time = Double(times[step]) * timestepScaling
            let skip = 0.25 / (time * time + 0.25)
            let out = time / (time * time + 0.25).squareRoot()
            let clean = before.cleanSample(prediction)
            let denoised = out * limit.limited(clean) + skip * .sample
            return StepRow(
                timestep: Double(times[step]), before: before, after: after, estimate: clean, limit: limit,
                next: after.signal * denoised, noise: isLast ? .none : .scaled(after.noise))
        }
    }

    /// Evenly chosen timesteps of the distilled schedule, the noisiest first.
    private func timesteps(_ steps: Int) throws(SchedulerError) -> [Int] {
        guard (1...training.timesteps).contains(originalSteps) else {
            throw refusal(
                "original_inference_steps is \(originalSteps), the training had \(training.timesteps) timesteps",
                remedy: "use no more than those")
        }
        guard (0...1).contains(strength) else {
            throw refusal("a strength of \(strength)", remedy: "use a number from 0 to 1")
        }
        let stride = training.timesteps / originalSteps
        let origin = (0..<Int(Double(originalSteps) * strength)).reversed().map { ($0 + 1) * stride - 1 }
        guard steps <= origin.count else {
            throw refusal(
                "\(steps) steps, but the distilled schedule has \(origin.count) at this strength",
                remedy: "prepare at most that many, or raise original_inference_steps or the strength")
        }
        let spacing = Double(origin.count) / Double(steps)
        return (0..<steps).map { origin[Int(Double($0) * spacing)] }
    }
}
