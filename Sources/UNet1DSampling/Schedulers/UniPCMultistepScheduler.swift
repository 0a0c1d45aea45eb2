import Checkpoint
import Glibc

/// The unified predictor-corrector: a multistep predictor, and a corrector that costs no evaluation of the model.
///
/// A step first corrects the sample that it was given with what the model said of it, then predicts the next from there.
/// Sources: Zhao and others, <https://arxiv.org/abs/2302.04867>; diffusers 0.26.3, scheduling_unipc_multistep.py, and 0.36 for
/// what is newer.
public struct UniPCMultistepScheduler: DiffusersScheduler {
    /// The function B(h) of the method. Raw values are diffusers' names.
    public enum Solver: String, Sendable, Hashable, CaseIterable {
        /// h.
        case bh1
        /// eʰ − 1.
        case bh2
    }

    /// The noise of the training.
    public var training: TrainingNoise
    /// What the model predicts.
    public var prediction: Prediction
    /// What bounds the estimate of the clean sample, where that is what is extrapolated; `clip` is not diffusers'.
    public var limit: SampleLimit
    /// The order, 1 to 3.
    public var order: Int
    /// Whether the clean sample is extrapolated, and not the noise.
    public var predictsX0: Bool
    /// The function B(h).
    public var solver: Solver
    /// Whether the last steps are of lower order.
    public var lowerOrderFinal: Bool
    /// Steps, from 0 on, whose result is not corrected.
    public var disabledCorrectors: Set<Int>
    /// How noises are spaced; `lu` is not diffusers'.
    public var sigmas: SigmaSpacing
    /// Where the last step leads. diffusers before 0.28 knows the lowest noise alone.
    public var finalSigma: FinalSigma
    /// How timesteps are chosen.
    public var spacing: TimestepSpacing
    /// What `leading` spacing adds to each timestep.
    public var stepsOffset: Int

    /// The defaults of diffusers 0.26.3, unless given.
    public init(
        training: TrainingNoise = TrainingNoise(), prediction: Prediction = .noise, limit: SampleLimit = .none,
        order: Int = 2, predictsX0: Bool = true, solver: Solver = .bh2, lowerOrderFinal: Bool = true,
        disabledCorrectors: Set<Int> = [], sigmas: SigmaSpacing = .timesteps, finalSigma: FinalSigma = .sigmaMin,
        spacing: TimestepSpacing = .linspace, stepsOffset: Int = 0
    ) {
        self.training = training
        self.prediction = prediction
        self.limit = limit
        self.order = order
        self.predictsX0 = predictsX0
        self.solver = solver
        self.lowerOrderFinal = lowerOrderFinal
        self.disabledCorrectors = disabledCorrectors
        self.sigmas = sigmas
        self.finalSigma = finalSigma
        self.spacing = spacing
        self.stepsOffset = stepsOffset
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        training = try TrainingNoise(&fields)
        order = try fields.integer("solver_order", default: 2, in: 1...3)
        prediction = try fields.prediction(flow: true)
        limit = try SampleLimit(&fields, clips: nil)
        predictsX0 = try fields.truth("predict_x0", default: true)
        // Names of other schedulers' solvers mean this one, as in diffusers.
        solver = try fields.name(
            "solver_type", default: .bh2, aliases: ["midpoint": .bh2, "heun": .bh2, "logrho": .bh2])
        lowerOrderFinal = try fields.truth("lower_order_final", default: true)
        disabledCorrectors = Set(try fields.integers("disable_corrector"))
        try fields.only(.null, for: "solver_p", remedy: "UniPC's own predictor is used")
        sigmas = try SigmaSpacing(&fields, hasLu: false)
        let isOlder = (fields.version ?? DiffusersVersion(0, 26)) < DiffusersVersion(0, 28)
        finalSigma = try fields.name("final_sigmas_type", default: isOlder ? .sigmaMin : .zero)
        (spacing, stepsOffset) = try fields.spacing(default: .linspace)
    }

    /// Computes the table; timesteps are whole. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try TrainingNoise.checkSteps(steps, Self.className)
        try limit.check(Self.className)
        guard (1...3).contains(order) else { throw refusal("solver_order is \(order)", remedy: "use 1, 2 or 3") }
        guard order == 1 || lowerOrderFinal || finalSigma == .sigmaMin else {
            throw refusal(
                "a last step of order \(order) cannot end without noise",
                remedy: "set lower_order_final to true, or final_sigmas_type to sigma_min")
        }
        let run = try SolverSigmas(
            Self.className, steps: steps, sigmas, final: finalSigma, times: (spacing, stepsOffset), training: training,
            repeatsLast: true, precision)
        return try Schedule(Self.className, count: steps, historyLength: order, keepsCorrected: true) { step, kept in
            let level = run.levels[step]
            // The levels of what is remembered are those of the steps before.
            let kept = min(kept, step)
            let clean = level.cleanSample(prediction)
            let converted = predictsX0 ? limit.limited(clean) : level.noise(prediction)
            let isCorrected = kept > 0 && !disabledCorrectors.contains(step - 1)
            let corrected =
                isCorrected
                ? correction(run.levels, step, converted, order: min(highestOrder(step - 1, of: steps), kept))
                : .sample
            let order = min(highestOrder(step, of: steps), kept + 1)
            return StepRow(
                timestep: run.timesteps[step], before: level, after: run.levels[step + 1], estimate: clean,
                limit: predictsX0 ? limit : .none, kept: converted, corrected: corrected,
                next: predicted(run.levels, step, from: corrected, converted, order: order))
        }
    }

    private func highestOrder(_ step: Int, of steps: Int) -> Int { lowerOrderFinal ? min(order, steps - step) : order }

    // MARK: - The method

    /// What a step between two levels has in common for predictor and corrector.
    private struct Interval {
        let before: NoiseLevel
        let after: NoiseLevel
        /// The change of λ, negative where the clean sample is extrapolated.
        let hh: Double
        /// B(h).
        let gain: Double
        /// Positions of earlier levels, in units of h from the first level.
        let positions: [Double]
        /// The right side of the equations of the weights.
        let right: [Double]

        init(_ levels: [NoiseLevel], from step: Int, order: Int, predictsX0: Bool, _ solver: Solver) {
            before = levels[step]
            after = levels[step + 1]
            let (lambda, h) = (levels[step].lambda, levels[step + 1].lambda - levels[step].lambda)
            let hh = predictsX0 ? -h : h
            self.hh = hh
            let gain = solver == .bh1 ? hh : expm1(hh)
            self.gain = gain
            positions = (1..<max(order, 1)).map { (levels[step - $0].lambda - lambda) / h }
            var factorial = 1.0
            right = (1...order).map { i in
                factorial *= Double(i)
                return hh * ExponentialIntegral.phi(i + 1, hh) * factorial / gain
            }
        }

        /// Weights of the differences at some positions.
        func weights(at positions: [Double]) -> [Double] {
            let matrix = positions.indices.map { power in positions.map { pow($0, Double(power)) } }
            return LinearSystem.solve(matrix, Array(right.prefix(positions.count)))
        }
    }

    /// The end of a step from a sample and the differences of estimates.
    private func end(
        of interval: Interval, from sample: LinearCombination, _ estimate: LinearCombination,
        _ differences: LinearCombination
    ) -> LinearCombination {
        let (before, after) = (interval.before, interval.after)
        let (ratio, factor) =
            predictsX0 ? (after.noise / before.noise, after.signal) : (after.signal / before.signal, after.noise)
        let linear = ratio * sample - factor * expm1(interval.hh) * estimate
        return differences == .zero ? linear : linear - factor * interval.gain * differences
    }

    /// The next sample. Source: `multistep_uni_p_bh_update`.
    private func predicted(
        _ levels: [NoiseLevel], _ step: Int, from sample: LinearCombination, _ k: LinearCombination, order: Int
    ) -> LinearCombination {
        let interval = Interval(levels, from: step, order: order, predictsX0: predictsX0, solver)
        let weights = order == 2 ? [0.5] : interval.weights(at: interval.positions)
        var differences = LinearCombination.zero
        for (i, weight) in weights.enumerated() {
            differences = differences + weight / interval.positions[i] * (.history(i + 1) - k)
        }
        return end(of: interval, from: sample, k, differences)
    }

    /// The sample that the step before should have predicted. Source: `multistep_uni_c_bh_update`.
    private func correction(
        _ levels: [NoiseLevel], _ step: Int, _ k: LinearCombination, order: Int
    ) -> LinearCombination {
        let interval = Interval(levels, from: step - 1, order: order, predictsX0: predictsX0, solver)
        let weights = order == 1 ? [0.5] : interval.weights(at: interval.positions + [1])
        var differences = weights[order - 1] * (k - .history(1))
        for i in 0..<order - 1 {
            differences = differences + weights[i] / interval.positions[i] * (.history(i + 2) - .history(1))
        }
        return end(of: interval, from: .last, .history(1), differences)
    }
}
