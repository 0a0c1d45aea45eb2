import CKernels

/// Four values that are computed side by side: the width of x86-64's baseline.
typealias Lanes = SIMD4<Float>

// Arithmetic on whole vectors, in place of the standard library's operators: see `kernel_intrinsics.h`.
extension Lanes {
    @inline(__always)
    static func + (a: Lanes, b: Lanes) -> Lanes { kernel_add_4(a, b) }

    @inline(__always)
    static func - (a: Lanes, b: Lanes) -> Lanes { kernel_subtract_4(a, b) }

    @inline(__always)
    static func * (a: Lanes, b: Lanes) -> Lanes { kernel_multiply_4(a, b) }

    @inline(__always)
    static func * (a: Lanes, b: Float) -> Lanes { a * Lanes(repeating: b) }
}

/// How sums and products are rounded.
protocol LaneArithmetic {
    /// Lanes in the form in which they are computed with.
    associatedtype Value

    /// Lanes as values, and back.
    func value(_ lanes: Lanes) -> Value
    func lanes(_ value: Value) -> Lanes

    /// a + x · w.
    mutating func add(_ a: Value, _ x: Value, _ w: Value) -> Value
}

extension LaneArithmetic {
    /// a + x · w.
    @inline(__always)
    mutating func add(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { lanes(add(value(a), value(x), value(w))) }

    /// a + x · w with a constant.
    @inline(__always)
    private mutating func add(_ a: Float, _ x: Value, _ w: Value) -> Value { add(value(Lanes(repeating: a)), x, w) }

    /// ln of 2ᵉ · (1 + x), for x from √½ − 1 to √2 − 1.
    ///
    /// Source: Cephes, logf.c: x − x²/2 + x³ · P(x), and e · ln 2 in two parts.
    @inline(__always)
    mutating func logarithm(_ x: Lanes, exponent e: Lanes) -> Lanes {
        let w = value(x)
        var p = add(-1.151_461_031_0e-1, value(Lanes(repeating: 7.037_683_629_2e-2)), w)
        p = add(1.167_699_874_0e-1, p, w)
        p = add(-1.242_014_084_6e-1, p, w)
        p = add(1.424_932_278_7e-1, p, w)
        p = add(-1.666_805_766_5e-1, p, w)
        p = add(2.000_071_476_5e-1, p, w)
        p = add(-2.499_999_399_3e-1, p, w)
        p = add(3.333_333_117_4e-1, p, w)
        let square = x * x
        let tail = add(e * -2.121_944_40e-4, lanes(p) * x, square)
        // Both products are exact.
        return x + (tail + square * -0.5) + e * 0.693_359_375
    }

    /// sin x for x from −π/4 to π/4; `square` is x².
    ///
    /// Source: Cephes, sinf.c.
    @inline(__always)
    mutating func sine(_ x: Lanes, _ square: Lanes) -> Lanes {
        let w = value(square)
        var p = add(8.332_160_873_6e-3, value(Lanes(repeating: -1.951_529_589_1e-4)), w)
        p = add(-1.666_665_461_1e-1, p, w)
        return add(x, lanes(p) * square, x)
    }

    /// cos of an angle from −π/4 to π/4; `square` is the angle's square.
    ///
    /// Source: Cephes, sinf.c.
    @inline(__always)
    mutating func cosine(_ square: Lanes) -> Lanes {
        let w = value(square)
        var p = add(-1.388_731_625_493_765e-3, value(Lanes(repeating: 2.443_315_711_809_948e-5)), w)
        p = add(4.166_664_568_298_827e-2, p, w)
        return add(square * -0.5, lanes(p) * square, square) + Lanes(repeating: 1)
    }
}

/// The parts of u = 2ᵉ · m with m from √½ to √2, for u positive and normal.
@inline(__always)
func mantissaAndExponent(_ u: Lanes) -> (m: Lanes, e: SIMD4<Int32>) {
    let bits = unsafeBitCast(u, to: SIMD4<Int32>.self)
    // Counted from √½'s bits, e is in the exponent's place.
    let e = (bits &- 0x3F35_04F3) &>> 23
    return (unsafeBitCast(bits &- (e &<< 23), to: Lanes.self), e)
}

/// cos and sin of an angle to which `quarters` quarter turns are added.
@inline(__always)
func turned(_ cosine: Lanes, _ sine: Lanes, by quarters: SIMD4<UInt32>) -> (cosine: Lanes, sine: Lanes) {
    let isOdd = quarters & 1 .== 1
    return (
        negated(cosine.replacing(with: sine, where: isOdd), where: (quarters &+ 1) & 2),
        negated(sine.replacing(with: cosine, where: isOdd), where: quarters & 2)
    )
}

/// −`value` where `two` is 2, `value` where it is 0.
@inline(__always)
private func negated(_ value: Lanes, where two: SIMD4<UInt32>) -> Lanes {
    unsafeBitCast(unsafeBitCast(value, to: SIMD4<UInt32>.self) ^ (two &<< 30), to: Lanes.self)
}

/// a + x · w, rounded after the product and after the sum.
struct RoundedTwice: LaneArithmetic {
    @inline(__always)
    func value(_ lanes: Lanes) -> Lanes { lanes }

    @inline(__always)
    func lanes(_ value: Lanes) -> Lanes { value }

    @inline(__always)
    func add(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { a + x * w }
}
