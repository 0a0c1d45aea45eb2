import Checkpoint

/// How the timesteps of a run are taken from those of the training.
/// Source: Lin and others, <https://arxiv.org/abs/2305.08891>, table 2.
public enum TimestepSpacing: String, Sendable, Hashable, CaseIterable {
    /// Evenly from the first to the last.
    case linspace
    /// Multiples of a whole stride, from the first on.
    case leading
    /// From the last on.
    case trailing
}

extension TimestepSpacing {
    /// The timesteps of a run, the noisiest first, whole where `rounds`.
    ///
    /// Where the reference's spacing `trailing` gives a step too many, for 61 steps of 1000 for instance, it is left out.
    /// Source: diffusers 0.26.3, scheduling_ddim.py and scheduling_euler_discrete.py, `set_timesteps`.
    ///
    /// - Parameters:
    ///   - count: how many timesteps the training had.
    ///   - offset: what `leading` adds.
    func timesteps(steps: Int, of count: Int, offset: Int, rounds: Bool = true) -> [Double] {
        switch self {
        case .linspace:
            let times = Spaced.linspace(0, Double(count - 1), steps)
            return (rounds ? times.map { $0.rounded(.toNearestOrEven) } : times).reversed()
        case .leading: return (0..<steps).reversed().map { Double($0 * (count / steps) + offset) }
        case .trailing: return Self.trailing(from: count, stride: Double(count) / Double(steps), steps)
        }
    }

    /// The timesteps of a multistep solver, which leaves the last of one more out.
    /// Source: diffusers 0.26.3, scheduling_dpmsolver_multistep.py, `set_timesteps`.
    ///
    /// - Parameters:
    ///   - last: how many of the training's timesteps may be used, `count` unless λ is clipped.
    ///   - count: how many timesteps the training had.
    ///   - offset: what `leading` adds.
    func solverTimesteps(steps: Int, upTo last: Int, of count: Int, offset: Int) -> [Double] {
        switch self {
        case .linspace:
            let times = Spaced.linspace(0, Double(last - 1), steps + 1)
            return times.dropFirst().reversed().map { $0.rounded(.toNearestOrEven) }
        case .leading: return (1...steps).reversed().map { Double($0 * (last / (steps + 1)) + offset) }
        case .trailing:
            let stride = Double(count) / Double(steps)
            let number = last == count ? steps : Int((Double(last) / stride).rounded(.up))
            return Self.trailing(from: last, stride: stride, number)
        }
    }

    private static func trailing(from last: Int, stride: Double, _ steps: Int) -> [Double] {
        Spaced.arange(Double(last), step: -stride, steps).map { $0.rounded(.toNearestOrEven) - 1 }
    }
}

/// Cumulative alphas that are looked up by timestep.
struct AlphaTable {
    let alphas: [Double]
    let scheduler: String

    /// The entry of a timestep at which the model is evaluated.
    ///
    /// - Throws: `SchedulerError.schedule` also where there is no signal that predicted noise could be taken from.
    func alpha(at timestep: Int, _ prediction: Prediction) throws(SchedulerError) -> Double {
        let alpha = try alpha(at: timestep)
        guard alpha > 0 || prediction != .noise else {
            throw .schedule(
                scheduler, problem: "timestep \(timestep) has no signal, so that epsilon says nothing of the sample",
                remedy: "use v_prediction or sample as the model was trained, or a timestep_spacing that leaves it out")
        }
        return alpha
    }

    /// The entry of a timestep; `final` before the first.
    ///
    /// - Throws: `SchedulerError.schedule` beyond the last, which an offset leads to.
    func alpha(at timestep: Int, final: Double = 1) throws(SchedulerError) -> Double {
        if timestep < 0 { return final }
        guard timestep < alphas.count else {
            throw .schedule(
                scheduler, problem: "timestep \(timestep) is beyond the training's last one, \(alphas.count - 1)",
                remedy: "use a smaller steps_offset, or fewer steps")
        }
        return alphas[timestep]
    }
}
