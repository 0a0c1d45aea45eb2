/// eˣ within 1 ulp or so, for x clamped to −87.3 … 88; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; eʳ by a polynomial of degree 6 (relative error 3·10⁻⁹, fitted by reweighted least
/// squares), then n goes into the exponent. Rounding to n is an addition of 1.5·2²³, which leaves n in the low bits.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
    let clamped = atLeast(Lanes(repeating: -87.3), atMost(Lanes(repeating: 88), x))
    let shifter = Lanes(repeating: 12_582_912)
    let shifted = multiplyAdd(shifter, clamped, Lanes(repeating: 1.442_695_04))
    let n = shifted - shifter
    // ln 2 in two parts; the first has 9 bits, so that its product with n is exact.
    var r = multiplyAdd(clamped, n, Lanes(repeating: -0.693_359_375))
    r = multiplyAdd(r, n, Lanes(repeating: 2.121_944_4e-4))
    var p = Lanes(repeating: 0.001_381_421_927_362_680_4)
    p = multiplyAdd(Lanes(repeating: 0.008_368_902_839_720_25), p, r)
    p = multiplyAdd(Lanes(repeating: 0.041_668_407_619_0), p, r)
    p = multiplyAdd(Lanes(repeating: 0.166_665_196_418_762), p, r)
    p = multiplyAdd(Lanes(repeating: 0.499_999_940_395_355), p, r)
    p = multiplyAdd(r, p, r * r)
    p += Lanes(repeating: 1)
    let exponent =
        (unsafeBitCast(shifted, to: IntegerLanes.self) &<< IntegerLanes(repeating: 23))
        &+ IntegerLanes(repeating: 0x3f80_0000)
    return p * unsafeBitCast(exponent, to: Lanes.self)
}
