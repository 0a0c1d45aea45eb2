import Checkpoint
import Glibc

/// Improved pseudo numerical methods, fourth order: the scheduler of Dance Diffusion. Models predict velocities.
///
/// With β = sin²(π/2 · t) as noise and α = √(1 − β²) as signal, each step forms the noise k = βu + αv, extrapolates it with
/// the Adams–Bashforth formula of what is remembered, and moves to the next level along it.
/// Sources: Liu and others, <https://arxiv.org/abs/2202.09778>; diffusers 0.26.3, scheduling_ipndm.py.
public struct IPNDMScheduler: DiffusersScheduler {
    /// Betas in place of the sine's, one more than there are steps; each 0 to 1.
    public var trainedBetas: [Double]?

    /// The scheduler that Dance Diffusion was published with, unless betas are given.
    public init(trainedBetas: [Double]? = nil) { self.trainedBetas = trainedBetas }

    package init(_ fields: inout SchedulerFields) throws(SchedulerError) {
        // Nothing depends on the number of training steps.
        _ = try fields.integer("num_train_timesteps", default: 1000, in: 1...TrainingNoise.maximumTimesteps)
        trainedBetas = try fields.numbers("trained_betas")
    }

    /// Computes the table; timesteps are floats from 1 towards 0. Allocates.
    public func prepare(steps: Int, precision: TablePrecision) throws(SchedulerError) -> Schedule {
        try TrainingNoise.checkSteps(steps, Self.className)
        let betas = try betas(steps: steps, precision)
        let alphas = betas.map { precision.rounded(precision.rounded(1 - precision.rounded($0 * $0)).squareRoot()) }
        let pi = precision.rounded(Double.pi)
        return try Schedule(Self.className, count: steps, timestepType: .float32, historyLength: 3) { step, kept in
            let (alpha, beta) = (alphas[step], betas[step])
            let angle = precision.rounded(atan2(beta, alpha))
            let noise = beta * .sample + alpha * .output
            let direction = extrapolated(noise, kept)
            // The first signal is zero.
            let clean = (.sample - beta * direction) / max(alpha, 1e-8)
            return StepRow(
                timestep: precision.rounded(precision.rounded(angle / pi) * 2),
                before: NoiseLevel(signal: alpha, noise: beta),
                after: NoiseLevel(signal: alphas[step + 1], noise: betas[step + 1]),
                estimate: alpha * .sample - beta * .output, kept: noise,
                next: alphas[step + 1] * clean + betas[step + 1] * direction)
        }
    }

    private func betas(steps: Int, _ precision: TablePrecision) throws(SchedulerError) -> [Double] {
        guard let trainedBetas else {
            let pi = precision.rounded(Double.pi)
            let times = precision.linspace(1, 0, steps + 1).dropLast() + [0]
            return times.map { time in
                let sine = precision.rounded(sin(precision.rounded(precision.rounded(time * pi) / 2)))
                return precision.rounded(sine * sine)
            }
        }
        guard trainedBetas.allSatisfy({ (0...1).contains($0) }) else {
            throw refusal("trained_betas has a number outside 0 to 1", remedy: "give the betas of the model's training")
        }
        guard trainedBetas.count == steps + 1 else {
            throw refusal(
                "\(steps) steps, but trained_betas has \(trainedBetas.count) entries, one more than its steps",
                remedy: "prepare \(max(trainedBetas.count - 1, 1)) steps")
        }
        return trainedBetas.map(precision.rounded)
    }

    /// The Adams–Bashforth formula of as high an order as what is remembered allows.
    private func extrapolated(_ k: LinearCombination, _ kept: Int) -> LinearCombination {
        switch kept {
        case 0: k
        case 1: (3 * k - .history(1)) / 2
        case 2: (23 * k - 16 * .history(1) + 5 * .history(2)) / 12
        default: (55 * k - 59 * .history(1) + 37 * .history(2) - 9 * .history(3)) / 24
        }
    }
}
