import Glibc

/// The noise of each training timestep relative to the signal, σ = √((1 − a) / a), and what is made of it.
struct SigmaTable {
    /// One for each timestep, rising.
    let sigmas: [Double]
    private let logarithms: [Double]
    private let precision: TablePrecision

    /// The table of cumulative alphas.
    init(alphas: [Double], _ precision: TablePrecision) {
        self.precision = precision
        sigmas = alphas.map { alpha in
            let ratio = precision.rounded(precision.rounded(1 - alpha) / alpha)
            return precision.rounded(ratio.squareRoot())
        }
        logarithms = sigmas.map { precision.rounded(log($0)) }
    }

    /// The lowest, of the first timestep.
    var lowest: Double { sigmas[0] }
    /// The highest, of the last timestep.
    var highest: Double { sigmas[sigmas.count - 1] }

    /// The noise at a timestep between whole ones, by linear interpolation.
    func sigma(at time: Double) -> Double {
        let position = min(max(time, 0), Double(sigmas.count - 1))
        let low = Int(position)
        guard low + 1 < sigmas.count else { return sigmas[low] }
        return (sigmas[low + 1] - sigmas[low]) * (position - Double(low)) + sigmas[low]
    }

    /// The timestep of a noise, by linear interpolation of its logarithm.
    /// Source: diffusers 0.26.3, scheduling_euler_discrete.py, `_sigma_to_t`.
    func timestep(of sigma: Double) -> Double {
        guard sigmas.count > 1 else { return 0 }
        let logarithm = log(max(sigma, 1e-10))
        let low = min(logarithms.lastIndex { $0 <= logarithm } ?? 0, sigmas.count - 2)
        let distance = precision.rounded(logarithms[low] - logarithms[low + 1])
        let weight = min(max((logarithms[low] - logarithm) / distance, 0), 1)
        return (1 - weight) * Double(low) + weight * Double(low + 1)
    }

    /// Evenly spaced logarithms, from the lowest to the highest noise, diffusers' `use_lu_lambdas`.
    /// Source: Lu and others, <https://arxiv.org/abs/2206.00927>.
    func evenLogarithms(_ steps: Int) -> [Double] {
        let (high, low) = (logarithms[logarithms.count - 1], logarithms[0])
        return Spaced.linspace(0, 1, steps).map { exp(high + $0 * (low - high)) }
    }
}

/// Noises of a run between a highest and a lowest one, the highest first.
enum SigmaRamp {
    /// Even seventh roots. Source: Karras and others, <https://arxiv.org/abs/2206.00364>, formula 5.
    static func karras(from high: Double, to low: Double, _ steps: Int) -> [Double] {
        let (first, last) = (pow(high, 1 / 7.0), pow(low, 1 / 7.0))
        return Spaced.linspace(0, 1, steps).map { pow(first + $0 * (last - first), 7) }
    }

    /// Even logarithms.
    static func exponential(from high: Double, to low: Double, _ steps: Int) -> [Double] {
        Spaced.linspace(log(high), log(low), steps).map { exp($0) }
    }
}
