import CKernels

/// F(8,5) at 0, ±8/3, ±2/3, ±3/8, ∞, ±3/2, ±1.
///
/// Within a fiftieth of the points that amplify rounding least: 2.4 times as much as F(6,5) does. As a and 1/a are both there,
/// the polynomials of 0 and ∞ are palindromes but for signs.
enum F85: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 8 } }
    static var points: Int { @inline(__always) get { 12 } }

    @inline(__always)
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        let d0 = loadLanes(x)
        let d1 = loadLanes(x + positionStride)
        let d2 = loadLanes(x + 2 * positionStride)
        let d3 = loadLanes(x + 3 * positionStride)
        let d4 = loadLanes(x + 4 * positionStride)
        let d5 = loadLanes(x + 5 * positionStride)
        let d6 = loadLanes(x + 6 * positionStride)
        let d7 = loadLanes(x + 7 * positionStride)
        let d8 = loadLanes(x + 8 * positionStride)
        let d9 = loadLanes(x + 9 * positionStride)
        let d10 = loadLanes(x + 10 * positionStride)
        let d11 = loadLanes(x + 11 * positionStride)
        /// x¹⁰ − s·x⁸ + p·x⁶ − p·x⁴ + s·x² − 1, with the sum s of all squares and the sum p of their products in pairs.
        @inline(__always)
        func ends(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ e: Lanes, _ f: Lanes) -> Lanes {
            let (p, q, r, s) = (64.0 / 9, 4.0 / 9, 9.0 / 64, 9.0 / 4)
            let sum = p + q + r + s + 1
            let pairs = p * (q + r + s + 1) + q * (r + s + 1) + r * (s + 1) + s
            return multiplyAdd(
                multiplyAdd(f - a, b - e, Lanes(repeating: Float(sum))), d - c, Lanes(repeating: Float(pairs)))
        }
        /// The pair ±a, with the squares of the others.
        @inline(__always)
        func pair(_ a: Double, _ p: Double, _ q: Double, _ r: Double, _ s: Double, _ v: UnsafeMutablePointer<Float>) {
            let k3 = Lanes(repeating: Float(-(p + q + r + s)))
            let k2 = Lanes(repeating: Float(p * (q + r + s) + q * (r + s) + r * s))
            let k1 = Lanes(repeating: Float(-(p * q * (r + s) + (p + q) * r * s)))
            let k0 = Lanes(repeating: Float(p * q * r * s))
            let even = multiplyAdd(multiplyAdd(multiplyAdd(multiplyAdd(d10, d8, k3), d6, k2), d4, k1), d2, k0)
            let odd = multiplyAdd(multiplyAdd(multiplyAdd(multiplyAdd(d9, d7, k3), d5, k2), d3, k1), d1, k0)
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: Float(a))), v)
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: Float(-a))), v + pointStride)
        }
        storeLanes(ends(d0, d2, d4, d6, d8, d10), v)
        pair(8.0 / 3, 4.0 / 9, 9.0 / 64, 9.0 / 4, 1, v + pointStride)
        pair(2.0 / 3, 64.0 / 9, 9.0 / 64, 9.0 / 4, 1, v + 3 * pointStride)
        pair(3.0 / 8, 64.0 / 9, 4.0 / 9, 9.0 / 4, 1, v + 5 * pointStride)
        storeLanes(ends(d1, d3, d5, d7, d9, d11), v + 7 * pointStride)
        pair(3.0 / 2, 64.0 / 9, 4.0 / 9, 9.0 / 64, 1, v + 8 * pointStride)
        pair(1, 64.0 / 9, 4.0 / 9, 9.0 / 64, 9.0 / 4, v + 10 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = productPair(m + pointStride, pointStride)
        let (sum2, difference2) = productPair(m + 3 * pointStride, pointStride)
        let (sum3, difference3) = productPair(m + 5 * pointStride, pointStride)
        let (sum4, difference4) = productPair(m + 8 * pointStride, pointStride)
        let (sum5, difference5) = productPair(m + 10 * pointStride, pointStride)
        /// z + Σ aᵢʲ·xᵢ of the pairs, from the powers; ±1 comes last, and needs none.
        @inline(__always)
        func powers(
            _ z: Lanes, _ x1: Lanes, _ x2: Lanes, _ x3: Lanes, _ x4: Lanes, _ x5: Lanes, _ p1: Double, _ p2: Double,
            _ p3: Double, _ p4: Double
        ) -> Lanes {
            let large = multiplyAdd(
                multiplyAdd(z + x5, x1, Lanes(repeating: Float(p1))), x4, Lanes(repeating: Float(p4)))
            return multiplyAdd(
                multiplyAdd(large, x2, Lanes(repeating: Float(p2))), x3, Lanes(repeating: Float(p3)))
        }
        @inline(__always)
        func even(_ z: Lanes, _ p1: Double, _ p2: Double, _ p3: Double, _ p4: Double) -> Lanes {
            powers(z, sum1, sum2, sum3, sum4, sum5, p1, p2, p3, p4)
        }
        @inline(__always)
        func odd(_ z: Lanes, _ p1: Double, _ p2: Double, _ p3: Double, _ p4: Double) -> Lanes {
            powers(z, difference1, difference2, difference3, difference4, difference5, p1, p2, p3, p4)
        }
        // The powers of 8/3, 2/3, 3/8 and 3/2.
        storeLanes((loadLanes(m) + bias) + (sum1 + sum4) + (sum2 + sum3) + sum5, y)
        if count > 1 { storeLanes(odd(bias, 8.0 / 3, 2.0 / 3, 3.0 / 8, 3.0 / 2), y + positionStride) }
        if count > 2 { storeLanes(even(bias, 64.0 / 9, 4.0 / 9, 9.0 / 64, 9.0 / 4), y + 2 * positionStride) }
        if count > 3 {
            storeLanes(odd(bias, 512.0 / 27, 8.0 / 27, 27.0 / 512, 27.0 / 8), y + 3 * positionStride)
        }
        if count > 4 {
            storeLanes(even(bias, 4096.0 / 81, 16.0 / 81, 81.0 / 4096, 81.0 / 16), y + 4 * positionStride)
        }
        if count > 5 {
            storeLanes(odd(bias, 32768.0 / 243, 32.0 / 243, 243.0 / 32768, 243.0 / 32), y + 5 * positionStride)
        }
        if count > 6 {
            storeLanes(even(bias, 262_144.0 / 729, 64.0 / 729, 729.0 / 262_144, 729.0 / 64), y + 6 * positionStride)
        }
        if count > 7 {
            storeLanes(
                odd(
                    bias + loadLanes(m + 7 * pointStride), 2_097_152.0 / 2187, 128.0 / 2187, 2187.0 / 2_097_152,
                    2187.0 / 128),
                y + 7 * positionStride)
        }
    }

    /// G[p, t] = aₚᵗ / (2·aₚ²·Π (aₚ² − a²)), over the other pairs; −w₀ alone at 0, w₄ for ∞.
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        func pair(
            _ a: Double, _ b2: Double, _ c2: Double, _ d2: Double, _ e2: Double, _ q: UnsafeMutablePointer<Float>
        ) {
            let a2 = a * a
            let scale = 1 / (2 * a2 * (a2 - b2) * (a2 - c2) * (a2 - d2) * (a2 - e2))
            weightPair(w, a, scale, to: q, pointStride)
        }
        storeLanes((-1 * w[0]).narrowed, q)
        pair(8.0 / 3, 4.0 / 9, 9.0 / 64, 9.0 / 4, 1, q + pointStride)
        pair(2.0 / 3, 64.0 / 9, 9.0 / 64, 9.0 / 4, 1, q + 3 * pointStride)
        pair(3.0 / 8, 64.0 / 9, 4.0 / 9, 9.0 / 4, 1, q + 5 * pointStride)
        storeLanes(w.lanes(4), q + 7 * pointStride)
        pair(3.0 / 2, 64.0 / 9, 4.0 / 9, 9.0 / 64, 1, q + 8 * pointStride)
        pair(1, 64.0 / 9, 4.0 / 9, 9.0 / 64, 9.0 / 4, q + 10 * pointStride)
    }
}
