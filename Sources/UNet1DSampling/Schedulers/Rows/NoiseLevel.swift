import Glibc

/// How much signal and how much noise a sample holds: u = signal · x₀ + noise · z, with the clean sample x₀ and z from the
/// standard normal distribution.
public struct NoiseLevel: Sendable, Hashable, BitwiseCopyable {
    /// The factor of the clean sample, α.
    public var signal: Double
    /// The standard deviation of the noise, σ.
    public var noise: Double

    /// The level with these factors.
    public init(signal: Double, noise: Double) {
        self.signal = signal
        self.noise = noise
    }

    /// No noise at all.
    public static let clean = NoiseLevel(signal: 1, noise: 0)

    /// The level of a variance-preserving process: signal √a, noise √(1 − a).
    ///
    /// - Parameter a: the cumulative product of alphas, diffusers' `alphas_cumprod`.
    public init(variancePreserving a: Double) { self.init(signal: a.squareRoot(), noise: (1 - a).squareRoot()) }

    /// The level of x₀ + sigma · z after its division by √(sigma² + 1).
    public init(sigma: Double) {
        let signal = 1 / (sigma * sigma + 1).squareRoot()
        self.init(signal: signal, noise: sigma * signal)
    }

    /// The level of (1 − sigma) · x₀ + sigma · z.
    public init(flow sigma: Double) { self.init(signal: 1 - sigma, noise: sigma) }

    /// Half the logarithm of the signal-to-noise ratio, λ; infinite without noise.
    var lambda: Double { log(signal) - log(noise) }

    /// What takes a sample of this level to a noisier one, as RePaint's jumps do: scale · u + noise · z.
    ///
    /// - Returns: NaN in `noise` where the other level is less noisy, and in `scale` where this one has no signal.
    public func diffused(to other: NoiseLevel) -> (scale: Double, noise: Double) {
        let scale = other.signal / signal
        let kept = scale * noise
        return (scale, (other.noise * other.noise - kept * kept).squareRoot())
    }
}

// MARK: - What a model's output says of a sample of this level

extension NoiseLevel {
    /// The estimate of the clean sample, from u and v.
    func cleanSample(_ prediction: Prediction) -> LinearCombination {
        switch prediction {
        case .noise: (.sample - noise * .output) / signal
        case .sample: .output
        case .velocity: signal * .sample - noise * .output
        case .flow: .sample - noise * .output
        }
    }

    /// The estimate of the noise, from u and v.
    func noise(_ prediction: Prediction) -> LinearCombination {
        switch prediction {
        case .noise: .output
        case .sample: (.sample - signal * .output) / noise
        case .velocity: signal * .output + noise * .sample
        case .flow: .sample + signal * .output
        }
    }
}
