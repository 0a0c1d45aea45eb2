/// How the tables of a schedule are rounded: betas, alphas with the ratios of neighbouring ones, sigmas and timesteps. The
/// weights made of them are in Double.
public enum TablePrecision: Sendable, Hashable {
    /// Nothing is rounded.
    case double
    /// Each operation is rounded to 32-bit floats where diffusers works with them, so that trajectories come closer to
    /// those of diffusers.
    case float32

    /// A result as the tables hold it.
    func rounded(_ value: Double) -> Double { self == .double ? value : Double(Float(value)) }

    /// `count` numbers from `start` to `end`. Source: PyTorch, RangeFactoriesKernel.cpp: each half counts from its own end,
    /// with a fused multiplication and addition.
    func linspace(_ start: Double, _ end: Double, _ count: Int) -> [Double] {
        let start = rounded(start)
        let end = rounded(end)
        let step = count > 1 ? rounded(rounded(end - start) / Double(count - 1)) : 0
        return (0..<count).map { i in
            i < count / 2
                ? rounded(start.addingProduct(step, Double(i)))
                : rounded(end.addingProduct(-step, Double(count - 1 - i)))
        }
    }
}

/// Numbers as NumPy spaces them.
enum Spaced {
    /// `count` numbers from `start` to `end`. Source: NumPy, `linspace`.
    static func linspace(_ start: Double, _ end: Double, _ count: Int) -> [Double] {
        guard count > 1 else { return [start] }
        let step = (end - start) / Double(count - 1)
        return (0..<count).map { $0 == count - 1 ? end : Double($0) * step + start }
    }

    /// `count` numbers from `start` on. Source: NumPy, `arange`, which takes its step from the first two.
    static func arange(_ start: Double, step: Double, _ count: Int) -> [Double] {
        let step = (start + step) - start
        return (0..<count).map { start + Double($0) * step }
    }
}
