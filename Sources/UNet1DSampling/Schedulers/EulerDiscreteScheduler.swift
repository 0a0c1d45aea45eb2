import Checkpoint
import Glibc

/// Euler's method on the probability flow of samples x = x₀ + σz. The model reads x / √(σ² + 1).
///
/// Sources: Karras and others, <https://arxiv.org/abs/2206.00364>, algorithm 2 without noise; diffusers 0.26.3,
/// scheduling_euler_discrete.py, and 0.36 for what is newer.
public struct EulerDiscreteScheduler: DiffusersScheduler {
    /// How noises are spaced.
    public enum Spacing: Sendable, Hashable {
        /// The sigmas of the timesteps, linearly interpolated.
        case timesteps
        /// Even logarithms from the highest to the lowest: `interpolation_type` is `log_linear`.
        case logLinear
        /// Even seventh roots, `use_karras_sigmas`, between bounds that are those of the timesteps where nil.
        case karras(lowest: Double? = nil, highest: Double? = nil)
        /// Even logarithms, `use_exponential_sigmas`, between such bounds.
        case exponential(lowest: Double? = nil, highest: Double? = nil)
    }

    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// How noises are spaced.
    public var sigmas: Spacing
    /// Where the last step leads.
    public var finalSigma: FinalSigma
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int
    /// Whether the model is given ¼ log σ as timestep, which holds for predicted velocities alone: `timestep_type` is
    /// `continuous`.
    public var continuousTimesteps: Bool

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise, sigmas: Spacing = .timesteps,
        finalSigma: FinalSigma = .zero, spacing: TimestepSpacing = .linspace, stepsOffset: Int = 0,
        continuousTimesteps: Bool = false
    ) {
        self.training = training
        self.prediction = prediction
        self.sigmas = sigmas
        self.finalSigma = finalSigma
        self.spacing = spacing
        self.stepsOffset = stepsOffset
        self.continuousTimesteps = continuousTimesteps
    }

    private enum Interpolation: String, CaseIterable {
        case linear
        case logLinear = "log_linear"
    }

    private enum TimestepKind: String, CaseIterable {
        case discrete
        case continuous
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        prediction = try fields.prediction()
        let interpolation = try fields.name("interpolation_type", default: Interpolation.linear)
        let karras = try fields.truth("use_karras_sigmas", default: false)
        let exponential = try fields.truth("use_exponential_sigmas", default: false)
        try fields.only(.bool(false), for: "use_beta_sigmas", remedy: "use use_karras_sigmas or use_exponential_sigmas")
        let lowest = try fields.optionalNumber("sigma_min")
        let highest = try fields.optionalNumber("sigma_max")
        try fields.onlyOne([("use_karras_sigmas", karras), ("use_exponential_sigmas", exponential)])
        sigmas =
            karras
            ? .karras(lowest: lowest, highest: highest)
            : exponential
                ? .exponential(lowest: lowest, highest: highest) : interpolation == .linear ? .timesteps : .logLinear
        (spacing, stepsOffset) = try fields.spacing(default: .linspace)
        continuousTimesteps = try fields.name("timestep_type", default: TimestepKind.discrete) == .continuous
        finalSigma = try fields.name("final_sigmas_type", default: .zero)
    }

    /// Computes the table; timesteps are floats. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try ScaledRun.check(steps: steps, spacing, training, Self.className)
        let alphas = try training.cumulativeAlphas(precision, floor: 0x1p-24, for: Self.className)
        let table = SigmaTable(alphas: alphas, precision)
        var times = spacing.timesteps(steps: steps, of: training.timesteps, offset: stepsOffset, rounds: false)
            .map(precision.rounded)
        var noises = times.map(table.sigma)
        switch sigmas {
        case .timesteps: break
        case .logLinear:
            // One more than there are steps: the last step leads to the lowest noise.
            noises = precision.linspace(log(table.highest), log(table.lowest), steps + 1).map { exp($0) }
        case .karras(let lowest, let highest):
            noises = SigmaRamp.karras(from: highest ?? noises[0], to: lowest ?? noises[steps - 1], steps)
            times = noises.map(table.timestep)
        case .exponential(let lowest, let highest):
            noises = SigmaRamp.exponential(from: highest ?? noises[0], to: lowest ?? noises[steps - 1], steps)
            times = noises.map(table.timestep)
        }
        noises = (noises + [finalSigma == .zero ? 0 : table.lowest]).map(precision.rounded)
        if continuousTimesteps && prediction == .velocity { times = noises.prefix(steps).map { log($0) / 4 } }
        let run = ScaledRun(sigmas: noises, spacing)
        return try Schedule(
            Self.className, count: steps, timestepType: .float32, initialNoiseScale: run.initialNoiseScale
        ) { step, _ in
            run.row(step, of: steps, timestep: precision.rounded(times[step]), prediction) { sigma, next in
                (next - sigma, noise: 0, isDrawn: false)
            }
        }
    }
}

/// A run on samples x = x₀ + σz that the model reads as x / √(σ² + 1).
struct ScaledRun {
    /// At least one more than there are steps.
    let sigmas: [Double]
    /// The standard deviation of the first sample as the model reads it.
    let initialNoiseScale: Double

    /// Refuses more steps than there are timesteps, unless they lie between whole ones.
    static func check(
        steps: Int, _ spacing: TimestepSpacing, _ training: TrainingNoise, _ scheduler: String
    ) throws(SchedulerError) {
        if spacing == .linspace {
            try TrainingNoise.checkSteps(steps, scheduler)
        } else {
            try training.check(steps: steps, scheduler)
        }
    }

    /// Source: diffusers 0.26.3, scheduling_euler_discrete.py, `init_noise_sigma`.
    init(sigmas: [Double], _ spacing: TimestepSpacing) {
        self.sigmas = sigmas
        let highest = sigmas.max() ?? 0
        let initial = spacing == .leading ? (highest * highest + 1).squareRoot() : highest
        initialNoiseScale = initial * NoiseLevel(sigma: sigmas[0]).signal
    }

    /// The row of a step along the model's noise.
    ///
    /// - Parameter move: from this σ and the next one, how far the step goes, and the weight of its noise.
    func row(
        _ step: Int, of steps: Int, timestep: Double, _ prediction: Prediction,
        move: (_ sigma: Double, _ next: Double) -> (Double, noise: Double, isDrawn: Bool)
    ) -> StepRow {
        let (sigma, nextSigma) = (sigmas[step], sigmas[step + 1])
        let before = NoiseLevel(sigma: sigma)
        // Nothing reads the last sample, which stays as it is.
        let nextScale = step == steps - 1 ? 1 : NoiseLevel(sigma: nextSigma).signal
        let (distance, noise, isDrawn) = move(sigma, nextSigma)
        let next = .sample / before.signal + distance * before.noise(prediction)
        return StepRow(
            timestep: timestep, inputScale: before.signal, before: before,
            after: NoiseLevel(signal: nextScale, noise: nextScale * nextSigma),
            estimate: before.cleanSample(prediction), next: nextScale * next,
            noise: isDrawn ? .scaled(nextScale * noise) : .none)
    }
}
