import Checkpoint
import Glibc

/// How a multistep solver spaces its noises. Timesteps are rounded; diffusers from 0.33 on rounds them down where betas are a
/// squared cosine's. Source: diffusers 0.26.3 and 0.36, scheduling_dpmsolver_multistep.py.
public enum SigmaSpacing: Sendable, Hashable {
    /// The sigmas of the timesteps.
    case timesteps
    /// Even seventh roots, `use_karras_sigmas`. Source: Karras and others, <https://arxiv.org/abs/2206.00364>, formula 5.
    case karras
    /// Even logarithms, `use_exponential_sigmas`; timesteps are rounded down.
    case exponential
    /// Even logarithms with rounded timesteps, `use_lu_lambdas`. Source: Lu and others, <https://arxiv.org/abs/2206.00927>.
    case lu
    /// Levels (1 − σ, σ) of a model of flow matching, `use_flow_sigmas`, with `flow_shift`.
    case flow(shift: Double)
}

/// Where the last step of a run leads. Raw values are diffusers' names.
public enum FinalSigma: String, Sendable, Hashable, CaseIterable {
    /// To no noise.
    case zero
    /// To the lowest noise of the training.
    case sigmaMin = "sigma_min"
}

extension SigmaSpacing {
    /// Reads the fields that choose it.
    ///
    /// - Parameter hasLu: whether the class has `use_lu_lambdas`.
    init(_ fields: inout SchedulerFields, hasLu: Bool) throws(SchedulerError) {
        let karras = try fields.truth("use_karras_sigmas", default: false)
        let exponential = try fields.truth("use_exponential_sigmas", default: false)
        let lu = hasLu ? try fields.truth("use_lu_lambdas", default: false) : false
        let flow = try fields.truth("use_flow_sigmas", default: false)
        let shift = try fields.number("flow_shift", default: 1, expected: "a number above 0") { $0 > 0 && $0.isFinite }
        try fields.only(.bool(false), for: "use_beta_sigmas", remedy: "use use_karras_sigmas or use_exponential_sigmas")
        try fields.only(.bool(false), for: "use_dynamic_shifting", remedy: "set flow_shift to the shift of the length")
        try fields.only(.string("exponential"), for: "time_shift_type")
        try fields.onlyOne([
            ("use_karras_sigmas", karras), ("use_exponential_sigmas", exponential), ("use_lu_lambdas", lu),
            ("use_flow_sigmas", flow),
        ])
        self = karras ? .karras : exponential ? .exponential : lu ? .lu : flow ? .flow(shift: shift) : .timesteps
    }
}

/// The timesteps and levels of a multistep solver's run.
struct SolverSigmas {
    /// One for each step, whole.
    let timesteps: [Double]
    /// One more, the last that of the result.
    let levels: [NoiseLevel]

    /// - Parameters:
    ///   - scheduler: the name that errors mention.
    ///   - requested: steps of the run; clipping of λ with spacing `trailing` leaves fewer.
    ///   - times: how timesteps are chosen where the spacing is theirs, with what `leading` adds.
    ///   - lowestLambda: of the run.
    ///   - repeatsLast: whether the lowest noise at the end is that of the run, not of the training.
    init(
        _ scheduler: String, steps requested: Int, _ spacing: SigmaSpacing, final: FinalSigma,
        times: (spacing: TimestepSpacing, offset: Int), training: TrainingNoise,
        lowestLambda: Double = -.infinity, repeatsLast: Bool, _ precision: TablePrecision
    ) throws(SchedulerError) {
        let alphas = try training.cumulativeAlphas(precision, floor: 0x1p-24, for: scheduler)
        let usable = alphas.count - alphas.count { NoiseLevel(variancePreserving: $0).lambda < lowestLambda }
        guard usable > 0 else {
            throw .schedule(scheduler, problem: "lambda_min_clipped leaves no timestep", remedy: "use a lower number")
        }
        let times = times.spacing.solverTimesteps(
            steps: requested, upTo: usable, of: training.timesteps, offset: times.offset)
        let table = SigmaTable(alphas: alphas, precision)
        let steps = times.count
        var sigmas: [Double]
        var isFlow = false
        switch spacing {
        case .timesteps:
            sigmas = times.map(table.sigma)
            timesteps = times
        case .karras:
            sigmas = SigmaRamp.karras(from: table.highest, to: table.lowest, steps)
            timesteps = sigmas.map { table.timestep(of: $0).rounded(.toNearestOrEven) }
        case .exponential:
            sigmas = SigmaRamp.exponential(from: table.highest, to: table.lowest, steps)
            timesteps = sigmas.map { table.timestep(of: $0).rounded(.down) }
        case .lu:
            sigmas = table.evenLogarithms(steps)
            timesteps = sigmas.map { table.timestep(of: $0).rounded(.toNearestOrEven) }
        case .flow(let shift):
            isFlow = true
            let alphas = Spaced.linspace(1, 1 / Double(training.timesteps), steps + 1)
            sigmas = alphas.map { shift * (1 - $0) / (1 + (shift - 1) * (1 - $0)) }.dropFirst().reversed()
            timesteps = sigmas.map { ($0 * Double(training.timesteps)).rounded(.down) }
        }
        switch final {
        case .zero: sigmas.append(0)
        case .sigmaMin: sigmas.append(repeatsLast && spacing != .timesteps ? sigmas[steps - 1] : table.lowest)
        }
        levels = sigmas.map(precision.rounded).map { isFlow ? NoiseLevel(flow: $0) : NoiseLevel(sigma: $0) }
    }
}
