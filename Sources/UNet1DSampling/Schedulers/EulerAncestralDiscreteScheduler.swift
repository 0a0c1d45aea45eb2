import Checkpoint

/// Euler's method with noise: each step goes further down than it leads, and adds what is missing as new noise.
///
/// Source: diffusers 0.26.3, scheduling_euler_ancestral_discrete.py.
public struct EulerAncestralDiscreteScheduler: DiffusersScheduler {
    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts; `sample` is not diffusers'.
    public var prediction: Prediction
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise,
        spacing: TimestepSpacing = .linspace,
        stepsOffset: Int = 0
    ) {
        self.training = training
        self.prediction = prediction
        self.spacing = spacing
        self.stepsOffset = stepsOffset
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        prediction = try fields.prediction()
        (spacing, stepsOffset) = try fields.spacing(default: .linspace)
    }

    /// Computes the table; timesteps are floats. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try ScaledRun.check(steps: steps, spacing, training, Self.className)
        let alphas = try training.cumulativeAlphas(precision, floor: 0x1p-24, for: Self.className)
        let table = SigmaTable(alphas: alphas, precision)
        let times = spacing.timesteps(steps: steps, of: training.timesteps, offset: stepsOffset, rounds: false)
            .map(precision.rounded)
        let run = ScaledRun(sigmas: (times.map(table.sigma) + [0]).map(precision.rounded), spacing)
        return try Schedule(
            Self.className, count: steps, timestepType: .float32, initialNoiseScale: run.initialNoiseScale
        ) { step, _ in
            run.row(step, of: steps, timestep: times[step], prediction) { sigma, next in
                let up = next * ((sigma * sigma - next * next) / (sigma * sigma)).squareRoot()
                let down = (next * next - up * up).squareRoot()
                return (down - sigma, noise: up, isDrawn: true)
            }
        }
    }
}
