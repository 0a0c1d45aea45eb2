import CKernels

/// Two normal numbers from two words of random bits.
enum BoxMuller {
    /// The largest magnitude of a value: √(66 ln 2), in Float.
    static let largest: Float = 6.763_705_7

    /// r · cos θ and r · sin θ, with r = √(−2 ln u), u = (a + ½) / 2³² and θ = 2π · b / 2³².
    ///
    /// Each within 2.5 · 10⁻⁷ · r of the exact value. u is above 0 and below 1, so that nothing is infinite or NaN. Values have
    /// the same bits on every machine: each operation is IEEE's, rounded by itself.
    ///
    /// Source: Box, Muller 1958, "A Note on the Generation of Random Normal Deviates".
    @inline(__always)
    static func normals(_ a: SIMD4<UInt32>, _ b: SIMD4<UInt32>) -> (Lanes, Lanes) {
        let radius = kernel_square_root_4(logarithm(a) * -2)
        let (cosine, sine) = cosineAndSine(b)
        return (radius * cosine, radius * sine)
    }

    /// ln((a + ½) / 2³²).
    @inline(__always)
    private static func logarithm(_ a: SIMD4<UInt32>) -> Lanes {
        // u − 1 where the upper bit is set, u elsewhere: the conversion is of a signed number, and keeps 24 bits of each.
        let distance = kernel_floats_4(SIMD4<Int32>(truncatingIfNeeded: a)) * 0x1p-32 + Lanes(repeating: 0x1p-33)
        let u = distance.replacing(with: distance + Lanes(repeating: 1), where: distance .< 0)
        let (m, e) = mantissaAndExponent(u)
        // Near 1 the logarithm is as small as the distance, which has more digits than u.
        let x = (m - Lanes(repeating: 1)).replacing(with: distance, where: e .== 0)
        var arithmetic = RoundedTwice()
        return arithmetic.logarithm(x, exponent: kernel_floats_4(e))
    }

    /// cos and sin of 2π · b / 2³².
    @inline(__always)
    private static func cosineAndSine(_ b: SIMD4<UInt32>) -> (Lanes, Lanes) {
        // The nearest multiple of a quarter turn, and the rest, which is an eighth of a turn at most: both exact.
        let quarters = (b &+ 0x2000_0000) &>> 30
        let rest = SIMD4<Int32>(truncatingIfNeeded: b &- (quarters &<< 30))
        let angle = kernel_floats_4(rest) * (6.283_185_307_179_586 * 0x1p-32)
        let square = angle * angle
        var arithmetic = RoundedTwice()
        let (cosine, sine) = (arithmetic.cosine(square), arithmetic.sine(angle, square))
        return turned(cosine, sine, by: quarters)
    }
}
