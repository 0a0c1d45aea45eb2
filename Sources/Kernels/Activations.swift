/// An activation function on a vector, branch-free. Source: diffusers 0.26.3, activations.py.
protocol ActivationFunction {
    static func apply(_ x: Lanes) -> Lanes
}

enum Identity: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Lanes) -> Lanes { x }
}

/// gelu(x) = x·Φ(x) = max(x, 0) − |x|·Φ(−|x|), the erf form.
///
/// Φ(−a) = exp(−a²/2) · g(a), and g = erfcx(a/√2)/2 is a polynomial in t = 1/(1 + 0.275·a) without a constant term
/// (error of Φ 5·10⁻⁹ over 0 … 6, fitted by reweighted least squares; beyond 6, |x|·Φ is below 10⁻⁸·|x|).
enum Gelu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Lanes) -> Lanes {
        let positive = atLeast(Lanes(), x)
        let a = positive + (positive - x)
        let t = Lanes(repeating: 1) / multiplyAdd(Lanes(repeating: 1), a, Lanes(repeating: 0.275))
        var g = Lanes(repeating: -0.114_858_433_604_240_43)
        g = multiplyAdd(Lanes(repeating: 0.451_999_127_864_837_65), g, t)
        g = multiplyAdd(Lanes(repeating: -0.330_994_099_378_585_8), g, t)
        g = multiplyAdd(Lanes(repeating: 0.333_932_876_586_914_06), g, t)
        g = multiplyAdd(Lanes(repeating: 0.042_111_247_777_938_84), g, t)
        g = multiplyAdd(Lanes(repeating: 0.117_809_288_203_716_28), g, t)
        let tail = exponential(a * a * Lanes(repeating: -0.5)) * (g * t)
        return multiplyAdd(positive, Lanes() - a, tail)
    }
}

/// mish(x) = x·tanh(ln(1 + eˣ)) = x·n/(n + 2) with n = eˣ(eˣ + 2).
enum Mish: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Lanes) -> Lanes {
        let e = exponential(atMost(Lanes(repeating: 20), x))
        let n = e * (e + Lanes(repeating: 2))
        return x * (n / (n + Lanes(repeating: 2)))
    }
}

/// silu(x) = x/(1 + e⁻ˣ).
enum Silu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Lanes) -> Lanes { x / (exponential(Lanes() - x) + Lanes(repeating: 1)) }
}

/// relu(x) = max(x, 0); NaN stays NaN.
enum Relu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Lanes) -> Lanes { atLeast(Lanes(), x) }
}
