/// Normal numbers from random bits, by basic operations of Double alone: the same on every machine and in any language.
enum NormalNumber {
    /// √(−2 ln u) · cos(2π w), with u = (upper 32 bits + ½) / 2³² and w = lower 32 bits / 2³².
    ///
    /// Source: Box, Muller 1958, "A Note on the Generation of Random Normal Deviates".
    static func value(bits: UInt64) -> Double {
        let u = (Double(bits >> 32) + 0.5) / 0x1p32
        let w = Double(bits & 0xFFFF_FFFF) / 0x1p32
        return (-2 * logarithm(u)).squareRoot() * cosine(turns: w)
    }

    /// ln x of a positive normal number, within a few units in the last place: e · ln 2 + 2 artanh((m − 1) / (m + 1)) with
    /// x = 2ᵉ · m and m between √½ and √2.
    private static func logarithm(_ x: Double) -> Double {
        var (exponent, m) = (Double(x.exponent), x.significand)
        if m > 1.4142135623730951 { (exponent, m) = (exponent + 1, m / 2) }
        let t = (m - 1) / (m + 1)
        // t² is below 0.03: the first power that is left out is below 2⁻⁵³.
        var series = 0.0
        for power in stride(from: 21, through: 1, by: -2) { series = series * (t * t) + 1 / Double(power) }
        return exponent * 0.6931471805599453 + 2 * t * series
    }

    /// cos(2π w) for w from 0 to 1, within 2⁻⁵⁰, by its series at the angle's distance from the nearest multiple of 2π.
    private static func cosine(turns w: Double) -> Double {
        let x = 2 * Double.pi * (w > 0.5 ? 1 - w : w)
        // From the term in x³² on all is below 2⁻⁵³ at π.
        var series = 1.0
        for n in stride(from: 30, through: 2, by: -2) { series = 1 - series * x * x / Double(n * (n - 1)) }
        return series
    }
}
