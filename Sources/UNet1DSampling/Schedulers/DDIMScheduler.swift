import Checkpoint

/// Denoising diffusion implicit models: a straight line from the sample through the estimate of the clean one.
///
/// A step goes a fixed stride of training timesteps down, as the reference's does, also where another spacing put the next
/// step elsewhere. Sources: Song and others, <https://arxiv.org/abs/2010.02502>, formula 12; diffusers 0.26.3,
/// scheduling_ddim.py.
///
/// ```swift
/// let training = TrainingNoise(betas: .squaredCosine)
/// let scheduler = DDIMScheduler(training: training, prediction: .velocity, limit: .none)
/// let schedule = try scheduler.prepare(steps: 20)
/// ```
public struct DDIMScheduler: DiffusersScheduler {
    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// What bounds the estimate of the clean sample.
    public var limit: SampleLimit
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int
    /// Whether the last step leads to no noise, and not to that of the training's first timestep.
    public var setAlphaToOne: Bool
    /// How much noise a step adds: 0 for none, 1 for as much as DDPM. An argument of the step in diffusers.
    public var eta: Double
    /// Whether the noise is computed anew from the limited estimate. An argument of the step in diffusers.
    public var usesClippedOutput: Bool

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise,
        limit: SampleLimit = .clip(range: 1),
        spacing: TimestepSpacing = .leading, stepsOffset: Int = 0, setAlphaToOne: Bool = true, eta: Double = 0,
        usesClippedOutput: Bool = false
    ) {
        self.training = training
        self.prediction = prediction
        self.limit = limit
        self.spacing = spacing
        self.stepsOffset = stepsOffset
        self.setAlphaToOne = setAlphaToOne
        self.eta = eta
        self.usesClippedOutput = usesClippedOutput
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        limit = try SampleLimit(&fields, clips: true)
        setAlphaToOne = try fields.truth("set_alpha_to_one", default: true)
        prediction = try fields.prediction()
        (spacing, stepsOffset) = try fields.spacing(default: .leading)
        eta = 0
        usesClippedOutput = false
    }

    /// Computes the table; timesteps are whole. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try training.check(steps: steps, Self.className)
        try limit.check(Self.className)
        guard eta >= 0, eta.isFinite else { throw refusal("an eta of \(eta)", remedy: "use a number from 0 on") }
        let alphas = AlphaTable(
            alphas: try training.cumulativeAlphas(precision, for: Self.className), scheduler: Self.className)
        let times = spacing.timesteps(steps: steps, of: training.timesteps, offset: stepsOffset)
        let final = setAlphaToOne ? 1 : alphas.alphas[0]
        return try Schedule(Self.className, count: steps) { step, _ throws(SchedulerError) in
            let time = Int(times[step])
            let alpha = try alphas.alpha(at: time, prediction)
            let nextAlpha = try alphas.alpha(at: time - training.timesteps / steps, final: final)
            let (before, after) = (NoiseLevel(variancePreserving: alpha), NoiseLevel(variancePreserving: nextAlpha))

            let clean = before.cleanSample(prediction)
            let limited = limit.limited(clean)
            let noise =
                usesClippedOutput ? (.sample - before.signal * limited) / before.noise : before.noise(prediction)
            let variance = (1 - nextAlpha) / (1 - alpha) * (1 - precision.rounded(alpha / nextAlpha))
            let deviation = eta == 0 ? 0 : eta * variance.squareRoot()
            let direction = (1 - nextAlpha - deviation * deviation).squareRoot()
            return StepRow(
                timestep: times[step], before: before, after: after, estimate: clean, limit: limit,
                next: after.signal * limited + direction * noise, noise: eta > 0 ? .scaled(deviation) : .none)
        }
    }
}
