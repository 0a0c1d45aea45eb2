import CKernels

/// eˣ for x clamped to −87.3 … 88, within 1 ulp and a relative 3·10⁻⁹·|x| (6·10⁻⁸·|x| where multiply-adds round twice); NaN
/// stays NaN.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; eʳ by a polynomial of degree 6 (relative error 3·10⁻⁹, fitted by reweighted least
/// squares), then n goes into the exponent. ln 2 is one number: eˣ is only weighed against 1 or against larger ones, so a small
/// one needs fewer digits.
@inline(__always)
func exponential(_ x: Quad) -> Quad { boundedExponential(atMost(Quad(repeating: 88), x)) }

/// eˣ as above, for x of at most 88.
@inline(__always)
func boundedExponential(_ x: Quad) -> Quad {
    let (r, shifted) = reduced(x)
    let p = multiplyAdd(r, exponentialTail(r), r * r)
    // 2ⁿ·(1 + p), rounded once.
    let power = Quad(
        powerOfTwo(shifted.a), powerOfTwo(shifted.b), powerOfTwo(shifted.c), powerOfTwo(shifted.d))
    return multiplyAdd(power, power, p)
}

/// eˣ for x of at most 88, with a relative error of 8·10⁻⁵, for numbers that are rounded to bfloat16: a polynomial of degree 3,
/// fitted in the same way.
@inline(__always)
func coarseExponential(_ x: Quad) -> Quad {
    let (r, shifted) = reduced(x)
    var p = multiplyAdd(0.504_963_262, Quad(repeating: 0.165_668_389), r)
    p = multiplyAdd(1.000_164_189, p, r).inStep
    p = multiplyAdd(0.999_928_074, p, r)
    let power = Quad(
        powerOfTwo(shifted.a), powerOfTwo(shifted.b), powerOfTwo(shifted.c), powerOfTwo(shifted.d))
    return power * p
}

/// eˣ for activations, one operation cheaper: NaN may become a number, but every result has x itself for a factor.
@inline(__always)
func activationExponential(_ x: Quad) -> Quad {
    let (r, shifted) = reduced(x)
    let power = multiplyAdd(1, multiplyAdd(1, exponentialTail(r), r), r).inStep
    return Quad(
        scaled(power.a, shifted.a), scaled(power.b, shifted.b), scaled(power.c, shifted.c),
        scaled(power.d, shifted.d))
}

/// r = x − n·ln 2, and n in the low bits of a number: adding 1.5·2²³ rounds to it and leaves it there.
@inline(__always)
private func reduced(_ x: Quad) -> (r: Quad, shifted: Quad) {
    let clamped = atLeast(Quad(repeating: -87.3), x)
    let shifter = Quad(repeating: 12_582_912)
    let shifted = multiplyAdd(shifter, clamped, Quad(repeating: 1.442_695_04))
    let r = multiplyAdd(clamped, (shifted - shifter).inStep, Quad(repeating: -0.693_147_18))
    return (r.inStep, shifted)
}

/// (eʳ − 1 − r)/r² for |r| ≤ ln 2 / 2.
@inline(__always)
private func exponentialTail(_ r: Quad) -> Quad {
    var p = Quad(repeating: 0.001_381_421_927_362_680_4)
    p = multiplyAdd(0.008_368_902_839_720_25, p, r)
    p = multiplyAdd(0.041_668_407_619_0, p, r).inStep
    p = multiplyAdd(0.166_665_196_418_762, p, r)
    return multiplyAdd(0.499_999_940_395_355, p, r).inStep
}
