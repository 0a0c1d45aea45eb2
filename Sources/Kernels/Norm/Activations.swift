/// An activation function on four vectors, branch-free. Source: diffusers 0.26.3, activations.py.
protocol ActivationFunction {
    static func apply(_ x: Quad) -> Quad
    /// Within a few ulp of 1.
    static func derivative(_ x: Quad) -> Quad
}

enum Identity: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Quad) -> Quad { x }
}

/// gelu(x) = x·Φ(x), the erf form. Within 2 ulp or 2⁻²⁴·|x| of the exact value.
///
/// For |x| < 1: x·(½ + x·P(x²)), P the even polynomial of erf(x/√2)/2x (error 1.3·10⁻¹⁰).
/// Beyond: max(x, 0) − |x|·Φ(−|x|), where Φ(−a) = ½·exp(−a²/2)·h(s), and h = erfcx(a/√2) is a polynomial in
/// s = a/(a + 10/3) (error of Φ 1.4·10⁻¹⁰ up to 6; a is cut at 12, where Φ is 10⁻³³).
/// Both were fitted by reweighted least squares.
enum Gelu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Quad) -> Quad {
        let zero = Quad(repeating: Lanes())
        let positive = atLeast(zero, x)
        let a = atMost(Quad(repeating: 12), positive - atMost(zero, x))
        let h = tailRatio(a)
        let square = a * a
        let tail = activationExponential(square * Quad(repeating: -0.5)) * h
        let beyond = multiplyAdd(positive, a * Quad(repeating: -0.5), tail)
        let within = x * multiplyAdd(0.5, x, slope(square))
        return within.replacing(with: beyond, whereAtLeast: 1, a)
    }

    /// h(a), with Φ(−a) = ½·exp(−a²/2)·h(a).
    @inline(__always)
    static func tailRatio(_ a: Quad) -> Quad {
        let s = a / (a + Quad(repeating: 3.333_333_253_860_473_6))
        var h = Quad(repeating: -0.104_971_773_922_443_39)
        h = multiplyAdd(0.078_990_265_727_043_15, h, s)
        h = multiplyAdd(0.295_610_547_065_734_86, h, s)
        h = multiplyAdd(-0.111_875_072_121_620_18, h, s)
        h = multiplyAdd(-1.398_931_622_505_188, h, s)
        h = multiplyAdd(2.895_939_350_128_174, h, s)
        h = multiplyAdd(-2.659_615_278_244_018_6, h, s)
        h = multiplyAdd(1, h, s)
        return h
    }

    /// P(x²), with Φ(x) = ½ + x·P(x²).
    @inline(__always)
    static func slope(_ square: Quad) -> Quad {
        var p = Quad(repeating: -7.530_261_427_746_154e-6)
        p = multiplyAdd(1.131_435_345_306_060_8e-4, p, square)
        p = multiplyAdd(-0.001_185_984_583_571_553_2, p, square)
        p = multiplyAdd(0.009_973_171_167_075_634, p, square)
        p = multiplyAdd(-0.066_490_329_802_036_29, p, square)
        p = multiplyAdd(0.398_942_291_736_602_8, p, square)
        return p
    }
}

/// mish(x) = x·tanh(ln(1 + eˣ)) = x·n/(n + 1) with n = eˣ + e²ˣ/2. Within 2 ulp or 2⁻²⁴·|x| of the exact value.
///
/// The roundings of n, n + 1 and of the quotient are known and corrected for: together they would be 3 ulp. Beyond 8.6 the
/// quotient is 1 but for its rounding, and that of n + 1 could no longer be known.
enum Mish: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Quad) -> Quad {
        let one = Quad(repeating: 1)
        let e = activationExponential(atMost(Quad(repeating: 8.6), x))
        let half = e * Quad(repeating: 0.5)
        let n = fusedMultiplyAdd(e, e, half).inStep
        let nRest = fusedMultiplyAdd(e - n, e, half)
        let divisor = (n + one).inStep
        let divisorRest = (n - (divisor - one)) + nRest
        let ratio = (n / divisor).inStep
        // n + nRest − ratio·(divisor + divisorRest), over the divisor: 1/divisor = 1 − ratio.
        let rest = fusedMultiplySubtract(
            fusedMultiplySubtract(n, ratio, divisor) + nRest, ratio, divisorRest)
        return x * multiplyAdd(ratio, rest, one - ratio)
    }
}

/// silu(x) = x/(1 + e⁻ˣ).
enum Silu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Quad) -> Quad {
        x / (activationExponential(atMost(Quad(repeating: 88), -x)) + Quad(repeating: 1))
    }
}

/// relu(x) = max(x, 0); NaN stays NaN.
enum Relu: ActivationFunction {
    @inline(__always)
    static func apply(_ x: Quad) -> Quad { atLeast(Quad(repeating: Lanes()), x) }
}
