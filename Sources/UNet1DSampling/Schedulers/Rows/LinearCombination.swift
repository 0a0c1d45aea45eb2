/// A weighted sum of the tensors that a step has at hand, element by element.
///
/// Schedulers write their equations with the static terms and the operators; what is left is one weight a tensor.
public struct LinearCombination: Sendable, Hashable, BitwiseCopyable {
    /// The weight of u, the sample as the model read it.
    public var sample: Double
    /// The weight of v, the model's output.
    public var output: Double
    /// The weight of e, the limited estimate of the clean sample. Zero where nothing is limited: e is a sum of u and v then.
    public var estimate: Double
    /// The weights of h₁, h₂, h₃: what earlier steps kept, the newest first.
    public var history: SIMD3<Double>
    /// The weight of l, the corrected sample that the step before kept.
    public var last: Double

    /// The combination with these weights.
    public init(
        sample: Double = 0, output: Double = 0, estimate: Double = 0, history: SIMD3<Double> = .zero, last: Double = 0
    ) {
        self.sample = sample
        self.output = output
        self.estimate = estimate
        self.history = history
        self.last = last
    }

    /// Nothing.
    public static let zero = LinearCombination()
    /// u alone.
    public static let sample = LinearCombination(sample: 1)
    /// v alone.
    public static let output = LinearCombination(output: 1)
    /// e alone.
    public static let estimate = LinearCombination(estimate: 1)
    /// l alone.
    public static let last = LinearCombination(last: 1)

    /// One kept tensor alone; 1 is the newest.
    ///
    /// - Precondition: `age` is 1, 2 or 3.
    public static func history(_ age: Int) -> LinearCombination {
        precondition((1...3).contains(age), "a step remembers three tensors")
        var result = zero
        result.history[age - 1] = 1
        return result
    }

    /// Whether no weight is infinite or NaN.
    public var isFinite: Bool {
        sample.isFinite && output.isFinite && estimate.isFinite && last.isFinite
            && history.x.isFinite && history.y.isFinite && history.z.isFinite
    }
}

extension LinearCombination {
    /// The sum, weight by weight.
    public static func + (a: LinearCombination, b: LinearCombination) -> LinearCombination {
        LinearCombination(
            sample: a.sample + b.sample, output: a.output + b.output, estimate: a.estimate + b.estimate,
            history: a.history + b.history, last: a.last + b.last)
    }

    /// The difference, weight by weight.
    public static func - (a: LinearCombination, b: LinearCombination) -> LinearCombination { a + -1 * b }

    /// Every weight times a factor.
    public static func * (factor: Double, a: LinearCombination) -> LinearCombination {
        LinearCombination(
            sample: factor * a.sample, output: factor * a.output, estimate: factor * a.estimate,
            history: factor * a.history, last: factor * a.last)
    }

    /// Every weight divided by a number.
    public static func / (a: LinearCombination, divisor: Double) -> LinearCombination {
        LinearCombination(
            sample: a.sample / divisor, output: a.output / divisor, estimate: a.estimate / divisor,
            history: a.history / divisor, last: a.last / divisor)
    }
}
