// The derivatives of the activation functions, on four vectors, branch-free. Source: diffusers 0.26.3, activations.py.

extension Identity {
    @inline(__always)
    static func derivative(_ x: Quad) -> Quad { Quad(repeating: 1) }
}

extension Gelu {
    /// gelu′(x) = Φ(x) + x·φ(x), with Φ as in `apply`: ½ + x·P(x²) for |x| < 1, beyond that Φ(−|x|) or 1 less it.
    ///
    /// x is cut at ±12, where φ is 10⁻³².
    @inline(__always)
    static func derivative(_ x: Quad) -> Quad {
        let cut = atLeast(Quad(repeating: -12), atMost(Quad(repeating: 12), x))
        let a = atLeast(cut, -cut)
        let square = a * a
        let density = activationExponential(square * Quad(repeating: -0.5)).inStep
        let tail = density * tailRatio(a) * Quad(repeating: 0.5)
        let beyond = tail.replacing(with: Quad(repeating: 1) - tail, whereAtLeast: 0, cut)
        let distribution = multiplyAdd(0.5, cut, slope(square)).replacing(with: beyond, whereAtLeast: 1, a)
        return multiplyAdd(distribution, cut, density * Quad(repeating: 0.398_942_291_736_602_8))
    }
}

extension Mish {
    /// With n as in `apply`, m = n/(n + 1) and σ = eˣ/(1 + eˣ): mish′(x) = m + x·(1 − m)·(1 + m)·σ, where 1 − m is
    /// 1/(n + 1).
    ///
    /// x is cut to −88 … 20 in the second term, which is 0 beyond.
    @inline(__always)
    static func derivative(_ x: Quad) -> Quad {
        let one = Quad(repeating: 1)
        let cut = atLeast(Quad(repeating: -88), atMost(Quad(repeating: 20), x))
        let e = activationExponential(cut)
        let n = multiplyAdd(e, e, e * Quad(repeating: 0.5)).inStep
        let (first, second) = (n + one, e + one)
        let reciprocal = (one / (first * second)).inStep
        let rest = reciprocal * second
        let sigma = e * reciprocal * first
        let m = n * rest
        return multiplyAdd(m, cut * sigma, rest * (one + m))
    }
}

extension Silu {
    /// With σ = 1/(1 + e⁻ˣ): silu′(x) = σ·(1 + x·(1 − σ)), where 1 − σ is e⁻ˣ·σ.
    @inline(__always)
    static func derivative(_ x: Quad) -> Quad {
        let one = Quad(repeating: 1)
        let cut = atLeast(Quad(repeating: -88), atMost(Quad(repeating: 88), x))
        let e = activationExponential(-cut)
        let sigma = (one / (e + one)).inStep
        return sigma * multiplyAdd(one, cut, e * sigma)
    }
}

extension Relu {
    /// 0 up to 0, else 1; PyTorch lets the gradient of a NaN through, too.
    @inline(__always)
    static func derivative(_ x: Quad) -> Quad {
        Quad(repeating: 1).replacing(with: Quad(repeating: Lanes()), whereAtLeast: 0, -x)
    }
}
