import Checkpoint
import Glibc

/// Euler's method along the straight paths u = (1 − σ)x₀ + σz of a model of flow matching, which predicts z − x₀.
///
/// Sources: Esser and others, <https://arxiv.org/abs/2403.03206>; diffusers 0.36, scheduling_flow_match_euler_discrete.py.
public struct FlowMatchEulerDiscreteScheduler: DiffusersScheduler {
    /// How noises are shifted towards the noisy end.
    public enum Shift: Sendable, Hashable {
        /// sσ / (1 + (s − 1)σ), with the same s for all lengths.
        case fixed(Double)
        /// eᵐ / (eᵐ + 1 / σ − 1), with an m that depends on the length: `use_dynamic_shifting`.
        case exponential(mu: Double)
        /// m / (m + 1 / σ − 1): `time_shift_type` is `linear`.
        case linear(mu: Double)
    }

    /// How noises are spaced, after the shift.
    public enum Spacing: Sendable, Hashable {
        /// Evenly, but for the shift.
        case even
        /// Even seventh roots: `use_karras_sigmas`.
        case karras
        /// Even logarithms: `use_exponential_sigmas`.
        case exponential
    }

    /// How many timesteps the training had.
    public var trainingTimesteps: Int
    /// How noises are shifted.
    public var shift: Shift
    /// What the last σ before zero is stretched to: `shift_terminal`.
    public var shiftTerminal: Double?
    /// How noises are spaced.
    public var spacing: Spacing
    /// Whether each step estimates the clean sample and adds noise anew: `stochastic_sampling`.
    public var isStochastic: Bool

    /// diffusers' defaults, unless given.
    public init(
        trainingTimesteps: Int = 1000, shift: Shift = .fixed(1), shiftTerminal: Double? = nil, spacing: Spacing = .even,
        isStochastic: Bool = false
    ) {
        self.trainingTimesteps = trainingTimesteps
        self.shift = shift
        self.shiftTerminal = shiftTerminal
        self.spacing = spacing
        self.isStochastic = isStochastic
    }

    private enum ShiftType: String, CaseIterable {
        case exponential
        case linear
    }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        trainingTimesteps = try fields.integer(
            "num_train_timesteps", default: 1000, in: 1...TrainingNoise.maximumTimesteps)
        shift = .fixed(try fields.number("shift", default: 1, expected: "a number above 0") { $0 > 0 && $0.isFinite })
        try fields.only(
            .bool(false), for: "use_dynamic_shifting",
            remedy: "the shift depends on the length: make the scheduler in Swift with the shift exponential(mu:)")
        // Pipelines compute mu of these; nothing else depends on them.
        for (field, standard) in [
            ("base_shift", 0.5), ("max_shift", 1.15), ("base_image_seq_len", 256), ("max_image_seq_len", 4096),
        ] { _ = try fields.number(field, default: standard) }
        _ = try fields.name("time_shift_type", default: ShiftType.exponential)
        try fields.only(.bool(false), for: "invert_sigmas")
        shiftTerminal = try fields.optionalNumber("shift_terminal")
        let karras = try fields.truth("use_karras_sigmas", default: false)
        let exponential = try fields.truth("use_exponential_sigmas", default: false)
        try fields.only(.bool(false), for: "use_beta_sigmas", remedy: "use use_karras_sigmas or use_exponential_sigmas")
        try fields.onlyOne([("use_karras_sigmas", karras), ("use_exponential_sigmas", exponential)])
        spacing = karras ? .karras : exponential ? .exponential : .even
        isStochastic = try fields.truth("stochastic_sampling", default: false)
    }

    /// Computes the table; timesteps are floats. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try TrainingNoise.checkSteps(steps, Self.className)
        guard (1...TrainingNoise.maximumTimesteps).contains(trainingTimesteps) else {
            throw refusal(
                "a training of \(trainingTimesteps) timesteps", remedy: "give as many as the model was trained with")
        }
        let sigmas = sigmas(steps, precision) + [0]
        return try Schedule(Self.className, count: steps, timestepType: .float32) { step, _ in
            let (before, after) = (NoiseLevel(flow: sigmas[step]), NoiseLevel(flow: sigmas[step + 1]))
            let clean = before.cleanSample(.flow)
            return StepRow(
                timestep: precision.rounded(before.noise * Double(trainingTimesteps)), before: before, after: after,
                estimate: clean,
                next: isStochastic
                    ? after.signal * clean : .sample + (sigmas[step + 1] - sigmas[step]) * .output,
                noise: isStochastic ? .scaled(after.noise) : .none)
        }
    }

    private func sigmas(_ steps: Int, _ precision: TablePrecision) -> [Double] {
        let count = Double(trainingTimesteps)
        // The bounds are those of the training. Where its shift is fixed they are shifted, and then shifted again.
        var (high, low) = (precision.rounded(1), precision.rounded(1 / count))
        if case .fixed = shift {
            high = precision.rounded(shifted(high))
            low = precision.rounded(shifted(low))
        }
        var sigmas = Spaced.linspace(high * count, low * count, steps).map { shifted($0 / count) }
        if let shiftTerminal {
            let scale = (1 - sigmas[steps - 1]) / (1 - shiftTerminal)
            sigmas = sigmas.map { 1 - (1 - $0) / scale }
        }
        switch spacing {
        case .even: break
        case .karras: sigmas = SigmaRamp.karras(from: sigmas[0], to: sigmas[steps - 1], steps)
        case .exponential: sigmas = SigmaRamp.exponential(from: sigmas[0], to: sigmas[steps - 1], steps)
        }
        return sigmas.map(precision.rounded)
    }

    private func shifted(_ sigma: Double) -> Double {
        switch shift {
        case .fixed(let factor): factor * sigma / (1 + (factor - 1) * sigma)
        case .exponential(let mu): exp(mu) / (exp(mu) + (1 / sigma - 1))
        case .linear(let mu): mu / (mu + (1 / sigma - 1))
        }
    }
}
