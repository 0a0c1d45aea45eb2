import CKernels

/// eˣ within 1 ulp or so, for x clamped to −87.3 … 88; NaN stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; eʳ by a polynomial of degree 6 (relative error 3·10⁻⁹, fitted by reweighted least
/// squares), then n goes into the exponent. Rounding to n is an addition of 1.5·2²³, which leaves n in the low bits.
@inline(__always)
func exponential(_ x: Quad) -> Quad { boundedExponential(atMost(Quad(repeating: 88), x)) }

/// The same for x of at most 88.
@inline(__always)
func boundedExponential(_ x: Quad) -> Quad {
    let clamped = atLeast(Quad(repeating: -87.3), x)
    let shifter = Quad(repeating: 12_582_912)
    let shifted = multiplyAdd(shifter, clamped, Quad(repeating: 1.442_695_04))
    let n = shifted - shifter
    // ln 2 in two parts; the first has 9 bits, so that its product with n is exact.
    var r = multiplyAdd(clamped, n, Quad(repeating: -0.693_359_375))
    r = multiplyAdd(r, n, Quad(repeating: 2.121_944_4e-4))
    var p = Quad(repeating: 0.001_381_421_927_362_680_4)
    p = multiplyAdd(0.008_368_902_839_720_25, p, r)
    p = multiplyAdd(0.041_668_407_619_0, p, r)
    p = multiplyAdd(0.166_665_196_418_762, p, r)
    p = multiplyAdd(0.499_999_940_395_355, p, r)
    p = multiplyAdd(r, p, r * r)
    // 2ⁿ·(1 + p), rounded once.
    let power = Quad(
        powerOfTwo(shifted.a), powerOfTwo(shifted.b), powerOfTwo(shifted.c), powerOfTwo(shifted.d))
    return multiplyAdd(power, power, p)
}
