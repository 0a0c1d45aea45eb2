import Checkpoint
import Glibc

/// DPM-Solver and DPM-Solver++ of first to third order, over several steps, as differential equations without and with noise.
///
/// With λ half the logarithm of the signal-to-noise ratio, and h its change over a step, a step integrates exactly what is
/// linear in the sample, and extrapolates the model's estimates.
/// Sources: Lu and others, <https://arxiv.org/abs/2206.00927>, <https://arxiv.org/abs/2211.01095>; diffusers 0.26.3,
/// scheduling_dpmsolver_multistep.py, and 0.36 for what is newer.
public struct DPMSolverMultistepScheduler: DiffusersScheduler {
    /// The equation that is solved. Raw values are diffusers' names.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// Extrapolates the noise.
        case dpmSolver = "dpmsolver"
        /// Extrapolates the clean sample.
        case dpmSolverPlusPlus = "dpmsolver++"
        /// Extrapolates the noise, and adds noise.
        case sdeDPMSolver = "sde-dpmsolver"
        /// Extrapolates the clean sample, and adds noise.
        case sdeDPMSolverPlusPlus = "sde-dpmsolver++"
    }

    /// The second-order method. Raw values are diffusers' names.
    public enum Solver: String, Sendable, Hashable, CaseIterable {
        /// The midpoint's slope.
        case midpoint
        /// Heun's.
        case heun
    }

    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// What bounds the estimate of the clean sample; `clip` is not diffusers'.
    public var limit: SampleLimit
    /// The order, 1 to 3; with noise, 1 or 2.
    public var order: Int
    /// The equation that is solved.
    public var algorithm: Algorithm
    /// The second-order method.
    public var solver: Solver
    /// Whether the last steps of a run of fewer than 15 steps are of lower order.
    public var lowerOrderFinal: Bool
    /// Whether the last step is of first order.
    public var eulerAtFinal: Bool
    /// How noises are spaced.
    public var sigmas: SigmaSpacing
    /// Where the last step leads.
    public var finalSigma: FinalSigma
    /// The lowest λ of a run: `lambda_min_clipped`.
    public var lowestLambda: Double
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int

    /// diffusers' defaults, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise, limit: SampleLimit = .none,
        order: Int = 2, algorithm: Algorithm = .dpmSolverPlusPlus, solver: Solver = .midpoint,
        lowerOrderFinal: Bool = true, eulerAtFinal: Bool = false, sigmas: SigmaSpacing = .timesteps,
        finalSigma: FinalSigma = .zero, lowestLambda: Double = -.infinity, spacing: TimestepSpacing = .linspace,
        stepsOffset: Int = 0
    ) {
        self.training = training
        self.prediction = prediction
        self.limit = limit
        self.order = order
        self.algorithm = algorithm
        self.solver = solver
        self.lowerOrderFinal = lowerOrderFinal
        self.eulerAtFinal = eulerAtFinal
        self.sigmas = sigmas
        self.finalSigma = finalSigma
        self.lowestLambda = lowestLambda
        self.spacing = spacing
        self.stepsOffset = stepsOffset
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        order = try fields.integer("solver_order", default: 2, in: 1...3)
        prediction = try fields.prediction(flow: true)
        limit = try SampleLimit(&fields, clips: nil)
        // Names of other schedulers' solvers mean these, as in diffusers.
        algorithm = try fields.name(
            "algorithm_type", default: .dpmSolverPlusPlus, aliases: ["deis": .dpmSolverPlusPlus])
        solver = try fields.name(
            "solver_type", default: .midpoint, aliases: ["logrho": .midpoint, "bh1": .midpoint, "bh2": .midpoint])
        lowerOrderFinal = try fields.truth("lower_order_final", default: true)
        eulerAtFinal = try fields.truth("euler_at_final", default: false)
        sigmas = try SigmaSpacing(&fields, hasLu: true)
        finalSigma = try fields.name("final_sigmas_type", default: .zero)
        lowestLambda = try fields.number("lambda_min_clipped", default: -.infinity, expected: "a number") { !$0.isNaN }
        try fields.only(.null, for: "variance_type", remedy: "a model that learned variances runs with DDPMScheduler")
        (spacing, stepsOffset) = try fields.spacing(default: .linspace)
    }

    /// Whether noise is added.
    private var isStochastic: Bool { algorithm == .sdeDPMSolver || algorithm == .sdeDPMSolverPlusPlus }
    /// Whether the clean sample is extrapolated, and not the noise.
    private var extrapolatesSample: Bool { algorithm == .dpmSolverPlusPlus || algorithm == .sdeDPMSolverPlusPlus }

    /// Computes the table; timesteps are whole. Allocates.
    ///
    /// With spacing `trailing` and λ clipped there are fewer rows than steps, as in diffusers.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try check(steps)
        let run = try SolverSigmas(
            Self.className, steps: steps, sigmas, final: finalSigma, times: (spacing, stepsOffset), training: training,
            lowestLambda: lowestLambda, repeatsLast: false, precision)
        let count = run.timesteps.count
        return try Schedule(Self.className, count: count, historyLength: order - 1) { step, kept in
            let level = run.levels[step]
            // The levels of what is remembered are those of the steps before.
            let kept = min(kept, step)
            let clean = level.cleanSample(prediction)
            let converted = converted(clean, level)
            let (next, noise) = update(run.levels, step, converted, order: order(at: step, of: count, kept))
            return StepRow(
                timestep: run.timesteps[step], before: level, after: run.levels[step + 1], estimate: clean,
                limit: limit, kept: order > 1 ? converted : .zero, next: next,
                noise: isStochastic ? .scaled(noise) : .none)
        }
    }

    private func check(_ steps: Int) throws(SchedulerError) {
        try TrainingNoise.checkSteps(steps, Self.className)
        try limit.check(Self.className)
        guard (1...(isStochastic ? 2 : 3)).contains(order) else {
            throw refusal(
                "solver_order is \(order) with \(algorithm.rawValue)",
                remedy: "use 1 or 2, or 3 with dpmsolver or dpmsolver++")
        }
        guard extrapolatesSample || finalSigma != .zero else {
            throw refusal(
                "\(algorithm.rawValue) cannot end without noise", remedy: "set final_sigmas_type to sigma_min")
        }
    }

    /// What is extrapolated: the clean sample or the noise.
    private func converted(_ clean: LinearCombination, _ level: NoiseLevel) -> LinearCombination {
        if extrapolatesSample { return limit.limited(clean) }
        return limit == .none ? level.noise(prediction) : (.sample - level.signal * .estimate) / level.noise
    }

    /// The order of a step when so many estimates are remembered.
    private func order(at step: Int, of count: Int, _ kept: Int) -> Int {
        let lowersFinal = lowerOrderFinal && count < 15
        if step == count - 1 && (eulerAtFinal || lowersFinal || finalSigma == .zero) { return 1 }
        let highest = step == count - 2 && lowersFinal ? 2 : order
        return min(highest, order, kept + 1)
    }

    /// The next sample, and the weight of its noise.
    private func update(
        _ levels: [NoiseLevel], _ step: Int, _ k: LinearCombination, order: Int
    ) -> (LinearCombination, noise: Double) {
        let (before, after) = (levels[step], levels[step + 1])
        let h = after.lambda - before.lambda
        let differences = differences(levels, step, k, h, order)
        let sample = LinearCombination.sample
        // The sum of weights of k, of its first and of its second difference.
        func sum(_ weights: (Double, midpoint: Double, heun: Double, third: Double)) -> LinearCombination {
            switch order {
            case 1: weights.0 * k
            case 2: weights.0 * k + (solver == .midpoint ? weights.midpoint : weights.heun) * differences.first
            default: weights.0 * k + weights.heun * differences.first + weights.third * differences.second
            }
        }
        func phi(_ k: Int, _ z: Double) -> Double { ExponentialIntegral.phi(k, z) }
        switch algorithm {
        case .dpmSolverPlusPlus:
            let gain = -after.signal * expm1(-h)
            let terms = sum((gain, gain / 2, after.signal * h * phi(2, -h), after.signal * h * phi(3, -h)))
            return (after.noise / before.noise * sample + terms, 0)
        case .dpmSolver:
            let gain = -after.noise * expm1(h)
            let terms = sum((gain, gain / 2, -after.noise * h * phi(2, h), -after.noise * h * phi(3, h)))
            return (after.signal / before.signal * sample + terms, 0)
        case .sdeDPMSolverPlusPlus:
            let gain = -after.signal * expm1(-2 * h)
            let terms = sum((gain, gain / 2, after.signal * 2 * h * phi(2, -2 * h), .nan))
            return (
                after.noise / before.noise * exp(-h) * sample + terms, after.noise * (-expm1(-2 * h)).squareRoot()
            )
        case .sdeDPMSolver:
            let gain = -2 * after.noise * expm1(h)
            let terms = sum((gain, gain / 2, -2 * after.noise * h * phi(2, h), .nan))
            return (after.signal / before.signal * sample + terms, after.noise * expm1(2 * h).squareRoot())
        }
    }

    /// Divided differences of the estimates over λ, in units of h.
    private func differences(
        _ levels: [NoiseLevel], _ step: Int, _ k: LinearCombination, _ h: Double, _ order: Int
    ) -> (first: LinearCombination, second: LinearCombination) {
        guard order > 1 else { return (.zero, .zero) }
        let r0 = (levels[step].lambda - levels[step - 1].lambda) / h
        let newest = (k - .history(1)) / r0
        guard order > 2 else { return (newest, .zero) }
        let r1 = (levels[step - 1].lambda - levels[step - 2].lambda) / h
        let older = (.history(1) - .history(2)) / r1
        let second = (newest - older) / (r0 + r1)
        return (newest + r0 * second, second)
    }
}
