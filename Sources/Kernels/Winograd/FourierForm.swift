/// The convolution by a discrete Fourier transform of 32 positions, of which 28 are outputs that wrap around nowhere.
///
/// A spectrum of 32 real numbers is two real and 15 complex ones, and a complex product is three real ones by Gauss's rule:
/// with a + ib of the input and c + id of the weights, k₁ = c·(a + b), k₂ = a·(d − c) and k₃ = b·(c + d), the product is
/// (k₁ − k₃) + i·(k₁ + k₂). That makes 47 products of channels for 28 positions, 1.68 for each, about as many as F(6,5) has; but
/// the transforms are rotations, which amplify rounding little.
///
/// Points come as bin 0, bin 16, then k₁, k₂, k₃ of bins 1 to 15. Bins 1 to 15 of the input are twice the spectrum, and the weights
/// have the inverse's factors, so that neither transform multiplies by any.
/// Source: Gauss's rule as in Knuth, The Art of Computer Programming, 4.6.4, exercise 41; the transform of real numbers as one of half
/// as many complex ones, Cooley and Tukey's by fours.
enum Fourier28: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 28 } }
    static var points: Int { @inline(__always) get { 47 } }

    @inline(__always)
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        // Even positions are the real parts, odd ones the imaginary.
        @inline(__always)
        func load(_ n: Int) -> ComplexLanes {
            ComplexLanes(loadLanes(x + 2 * n * positionStride), loadLanes(x + (2 * n + 1) * positionStride))
        }
        let z = transformed(
            load(0), load(1), load(2), load(3), load(4), load(5), load(6), load(7), load(8), load(9), load(10),
            load(11),
            load(12), load(13), load(14), load(15))
        storeLanes(z.0.re + z.0.im, v)
        storeLanes(z.0.re - z.0.im, v + pointStride)
        /// Bins k and 16 − k.
        @inline(__always)
        func bins(_ k: Int, _ a: ComplexLanes, _ b: ComplexLanes, _ cosine: Float, _ sine: Float) {
            let even = ComplexLanes(a.re + b.re, a.im - b.im)
            let odd = ComplexLanes(a.im + b.im, b.re - a.re).turned(cosine, sine)
            storeBin(even + odd, v + (3 * k - 1) * pointStride)
            storeBin(ComplexLanes(even.re - odd.re, odd.im - even.im), v + (3 * (16 - k) - 1) * pointStride)
        }
        @inline(__always)
        func storeBin(_ a: ComplexLanes, _ v: UnsafeMutablePointer<Float>) {
            storeLanes(a.re + a.im, v)
            storeLanes(a.re, v + pointStride)
            storeLanes(a.im, v + 2 * pointStride)
        }
        bins(1, z.1, z.15, cosine(1), cosine(7))
        bins(2, z.2, z.14, cosine(2), cosine(6))
        bins(3, z.3, z.13, cosine(3), cosine(5))
        bins(4, z.4, z.12, cosine(4), cosine(4))
        bins(5, z.5, z.11, cosine(5), cosine(3))
        bins(6, z.6, z.10, cosine(6), cosine(2))
        bins(7, z.7, z.9, cosine(7), cosine(1))
        // The middle bin is its own mirror: 2·(re − i·im) of it.
        storeBin(
            ComplexLanes(z.8.re + z.8.re, Lanes() - (z.8.im + z.8.im)), v + 23 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        @inline(__always)
        func loadBin(_ k: Int) -> ComplexLanes {
            let p = m + (3 * k - 1) * pointStride
            let first = loadLanes(p)
            return ComplexLanes(first - loadLanes(p + 2 * pointStride), first + loadLanes(p + pointStride))
        }
        /// What bins k and 16 − k give the transform of half as many numbers.
        @inline(__always)
        func bins(_ k: Int, _ cosine: Float, _ sine: Float) -> (ComplexLanes, ComplexLanes) {
            let (a, b) = (loadBin(k), loadBin(16 - k))
            let even = ComplexLanes(a.re + b.re, a.im - b.im)
            // i times the odd part: the opposite turn, as real and imaginary parts are exchanged.
            let odd = ComplexLanes(a.im + b.im, a.re - b.re).turned(cosine, sine)
            return (
                ComplexLanes(even.re - odd.re, even.im + odd.im), ComplexLanes(even.re + odd.re, odd.im - even.im)
            )
        }
        let (z1, z15) = bins(1, cosine(1), cosine(7))
        let (z2, z14) = bins(2, cosine(2), cosine(6))
        let (z3, z13) = bins(3, cosine(3), cosine(5))
        let (z4, z12) = bins(4, cosine(4), cosine(4))
        let (z5, z11) = bins(5, cosine(5), cosine(3))
        let (z6, z10) = bins(6, cosine(6), cosine(2))
        let (z7, z9) = bins(7, cosine(7), cosine(1))
        let middle = loadBin(8)
        // The bias is in every output, as bin 0 is.
        let first = loadLanes(m) + bias
        let last = loadLanes(m + pointStride)
        // An inverse transform is a forward one of exchanged parts, whose result is exchanged again.
        let z = transformed(
            ComplexLanes(first - last, first + last), z1.exchanged, z2.exchanged, z3.exchanged, z4.exchanged,
            z5.exchanged, z6.exchanged, z7.exchanged,
            ComplexLanes(Lanes() - (middle.im + middle.im), middle.re + middle.re), z9.exchanged, z10.exchanged,
            z11.exchanged, z12.exchanged, z13.exchanged, z14.exchanged, z15.exchanged)
        @inline(__always)
        func store(_ n: Int, _ a: ComplexLanes) {
            if count > 2 * n { storeLanes(a.im, y + 2 * n * positionStride) }
            if count > 2 * n + 1 { storeLanes(a.re, y + (2 * n + 1) * positionStride) }
        }
        store(0, z.0)
        store(1, z.1)
        store(2, z.2)
        store(3, z.3)
        store(4, z.4)
        store(5, z.5)
        store(6, z.6)
        store(7, z.7)
        store(8, z.8)
        store(9, z.9)
        store(10, z.10)
        store(11, z.11)
        store(12, z.12)
        store(13, z.13)
    }

    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        let (even, odd) = (w[0] + w[2] + w[4], w[1] + w[3])
        storeLanes((1 / 32.0 * (even + odd)).narrowed, q)
        storeLanes((1 / 32.0 * (even - odd)).narrowed, q + pointStride)
        var k = 1
        while k < 16 {
            // The conjugate of the spectrum, as a convolution of a network is a correlation.
            var (re, im) = (w[0], 0 * w[0])
            var tap = 1
            while tap < 5 {
                re = re + turn(k * tap) * w[tap]
                im = im + turn(k * tap + 24) * w[tap]
                tap += 1
            }
            let (c, d) = (1 / 64.0 * re, 1 / 64.0 * im)
            let q = q + (3 * k - 1) * pointStride
            storeLanes(c.narrowed, q)
            storeLanes((d - c).narrowed, q + pointStride)
            storeLanes((c + d).narrowed, q + 2 * pointStride)
            k += 1
        }
    }

    /// cos(2π·n/32), of any n ≥ 0.
    private static func turn(_ n: Int) -> Double {
        let n = n % 32
        let half = n > 16 ? 32 - n : n
        return half > 8 ? -quarter(16 - half) : quarter(half)
    }

    /// cos(2π·n/32) for n of 0 to 8.
    @inline(__always)
    private static func quarter(_ n: Int) -> Double {
        switch n {
        case 0: 1
        case 1: 0.980_785_280_403_230_449_13
        case 2: 0.923_879_532_511_286_756_13
        case 3: 0.831_469_612_302_545_237_08
        case 4: 0.707_106_781_186_547_524_40
        case 5: 0.555_570_233_019_602_224_74
        case 6: 0.382_683_432_365_089_771_73
        case 7: 0.195_090_322_016_128_267_85
        default: 0
        }
    }

    @inline(__always)
    private static func cosine(_ n: Int) -> Float { Float(quarter(n)) }

    /// The transform of 16 complex numbers, by fours.
    @inline(__always)
    private static func transformed(
        _ z0: ComplexLanes, _ z1: ComplexLanes, _ z2: ComplexLanes, _ z3: ComplexLanes, _ z4: ComplexLanes,
        _ z5: ComplexLanes, _ z6: ComplexLanes, _ z7: ComplexLanes, _ z8: ComplexLanes, _ z9: ComplexLanes,
        _ z10: ComplexLanes, _ z11: ComplexLanes, _ z12: ComplexLanes, _ z13: ComplexLanes, _ z14: ComplexLanes,
        _ z15: ComplexLanes
    ) -> (
        ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes,
        ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes
    ) {
        let a = butterfly(z0, z4, z8, z12)
        let b = butterfly(z1, z5, z9, z13)
        let c = butterfly(z2, z6, z10, z14)
        let d = butterfly(z3, z7, z11, z15)
        let half = cosine(4)
        let e = butterfly(a.0, b.0, c.0, d.0)
        let f = butterfly(
            a.1, b.1.turned(cosine(2), cosine(6)), c.1.turned(half, half), d.1.turned(cosine(6), cosine(2)))
        let g = butterfly(
            a.2, b.2.turned(half, half), ComplexLanes(c.2.im, Lanes() - c.2.re), d.2.turned(-half, half))
        let h = butterfly(
            a.3, b.3.turned(cosine(6), cosine(2)), c.3.turned(-half, half), d.3.turned(-cosine(2), -cosine(6)))
        return (e.0, f.0, g.0, h.0, e.1, f.1, g.1, h.1, e.2, f.2, g.2, h.2, e.3, f.3, g.3, h.3)
    }

    /// The transform of four numbers.
    @inline(__always)
    private static func butterfly(
        _ a: ComplexLanes, _ b: ComplexLanes, _ c: ComplexLanes, _ d: ComplexLanes
    ) -> (ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes) {
        let (sum, difference) = (a + c, a - c)
        let (otherSum, otherDifference) = (b + d, b - d)
        return (
            sum + otherSum,
            ComplexLanes(difference.re + otherDifference.im, difference.im - otherDifference.re), sum - otherSum,
            ComplexLanes(difference.re - otherDifference.im, difference.im + otherDifference.re)
        )
    }
}

/// A complex number in each lane.
private struct ComplexLanes {
    let re: Lanes
    let im: Lanes

    @inline(__always)
    init(_ re: Lanes, _ im: Lanes) {
        self.re = re
        self.im = im
    }

    /// Times cosine − i·sine.
    @inline(__always)
    func turned(_ cosine: Float, _ sine: Float) -> ComplexLanes {
        let c = Lanes(repeating: cosine)
        return ComplexLanes(
            multiplyAdd(re * c, im, Lanes(repeating: sine)), multiplyAdd(im * c, re, Lanes(repeating: -sine)))
    }

    /// Real and imaginary part in each other's place.
    var exchanged: ComplexLanes { @inline(__always) get { ComplexLanes(im, re) } }

    @inline(__always)
    static func + (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes { ComplexLanes(a.re + b.re, a.im + b.im) }

    @inline(__always)
    static func - (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes { ComplexLanes(a.re - b.re, a.im - b.im) }
}
