import Checkpoint
import Glibc

/// Denoising diffusion probabilistic models: the posterior mean of the next sample, and noise.
///
/// Sources: Ho and others, <https://arxiv.org/abs/2006.11239>, formulas 6 and 7; diffusers 0.26.3, scheduling_ddpm.py.
public struct DDPMScheduler: DiffusersScheduler {
    /// The variance of the noise that a step adds. Raw values are diffusers' names.
    public enum Variance: String, Sendable, Hashable, CaseIterable {
        /// The variance of the posterior, β̃.
        case fixedSmall = "fixed_small"
        /// The same, by way of its logarithm.
        case fixedSmallLog = "fixed_small_log"
        /// The variance of the forward process, β.
        case fixedLarge = "fixed_large"
        /// The same; diffusers takes the root of the logarithm, which is no number.
        case fixedLargeLog = "fixed_large_log"
        /// What the model says in the second half of its output.
        case learned
        /// Between β̃ and β, where the model says, on a logarithmic scale. Source: Nichol and Dhariwal,
        /// <https://arxiv.org/abs/2102.09672>, formula 15.
        case learnedRange = "learned_range"
    }

    /// Where a step leads.
    public enum Stride: Sendable, Hashable {
        /// A fixed number of training timesteps down, whatever the spacing: diffusers before 0.31.
        case fixed
        /// To the timestep of the next step: diffusers from 0.31 on.
        case toNextTimestep
    }

    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// What bounds the estimate of the clean sample.
    public var limit: SampleLimit
    /// The variance of the noise that a step adds.
    public var variance: Variance
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int
    /// Where a step leads.
    public var stride: Stride

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise,
        limit: SampleLimit = .clip(range: 1),
        variance: Variance = .fixedSmall, spacing: TimestepSpacing = .leading, stepsOffset: Int = 0,
        stride: Stride = .fixed
    ) {
        self.training = training
        self.prediction = prediction
        self.limit = limit
        self.variance = variance
        self.spacing = spacing
        self.stepsOffset = stepsOffset
        self.stride = stride
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        variance = try fields.name("variance_type", default: .fixedSmall)
        limit = try SampleLimit(&fields, clips: true)
        prediction = try fields.prediction()
        (spacing, stepsOffset) = try fields.spacing(default: .leading)
        stride = (fields.version ?? DiffusersVersion(0, 26)) < DiffusersVersion(0, 31) ? .fixed : .toNextTimestep
    }

    /// Computes the table; timesteps are whole. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try training.check(steps: steps, Self.className)
        try limit.check(Self.className)
        let alphas = AlphaTable(
            alphas: try training.cumulativeAlphas(precision, for: Self.className), scheduler: Self.className)
        let times = spacing.timesteps(steps: steps, of: training.timesteps, offset: stepsOffset)
        return try Schedule(
            Self.className, count: steps, readsVariance: variance == .learned || variance == .learnedRange
        ) { step, _ throws(SchedulerError) in
            let time = Int(times[step])
            let nextTime =
                switch stride {
                case .fixed: time - training.timesteps / steps
                case .toNextTimestep: step + 1 < steps ? Int(times[step + 1]) : -1
                }
            let alpha = try alphas.alpha(at: time, prediction)
            let nextAlpha = try alphas.alpha(at: nextTime)
            let (before, after) = (NoiseLevel(variancePreserving: alpha), NoiseLevel(variancePreserving: nextAlpha))
            // αₜ and βₜ of this step alone.
            let stepAlpha = precision.rounded(alpha / nextAlpha)
            let stepBeta = 1 - stepAlpha

            let clean = before.cleanSample(prediction)
            let mean =
                after.signal * stepBeta / (1 - alpha) * limit.limited(clean)
                + stepAlpha.squareRoot() * (1 - nextAlpha) / (1 - alpha) * .sample
            return StepRow(
                timestep: times[step], before: before, after: after, estimate: clean, limit: limit, next: mean,
                noise: time == 0 ? .none : noise(small: (1 - nextAlpha) / (1 - alpha) * stepBeta, large: stepBeta))
        }
    }

    /// What diffusers' `_get_variance` gives for a step whose noise has a deviation: a variance, its root or its logarithm.
    func referenceVariance(deviation: Double) -> Double {
        switch variance {
        case .fixedSmall, .fixedLarge, .learned, .learnedRange: deviation * deviation
        case .fixedSmallLog: deviation
        case .fixedLargeLog: 2 * log(deviation)
        }
    }

    private func noise(small: Double, large: Double) -> StepNoise {
        // The reference's bound, below which no logarithm is taken.
        let small = max(small, 1e-20)
        switch variance {
        case .fixedSmall, .fixedSmallLog: return .scaled(small.squareRoot())
        case .fixedLarge, .fixedLargeLog: return .scaled(large.squareRoot())
        case .learned: return .learned
        case .learnedRange:
            // exp(½ (f log large + (1 − f) log small)) with f = (p + 1) / 2.
            let (low, high) = (log(small), log(large))
            return .learnedRange(offset: (high + low) / 4, slope: (high - low) / 4)
        }
    }
}
