import CKernels

/// F(6,5) at 0, ±5/2, ±4/5, ±2/5, ∞, ±5/4.
///
/// These points amplify rounding least of all points with small denominators: 2.2 times as much as F(4,5) does, where
/// the customary 0, ±1, ±2, ±½, ±3/2 do 4.2 times. As a and 1/a are both there, the polynomials of 0 and ∞ are
/// palindromes.
enum F65: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 6 } }
    static var points: Int { @inline(__always) get { 10 } }

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
        /// x⁸ − 8.6125·x⁶ + 16.118025·x⁴ − 8.6125·x² + 1
        @inline(__always)
        func ends(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ e: Lanes) -> Lanes {
            multiplyAdd(
                multiplyAdd(a + e, b + d, Lanes(repeating: -8.6125)), c, Lanes(repeating: 16.118025))
        }
        /// The pair ±a: x⁶ + q₂·x⁴ + q₁·x² + q₀ is the polynomial of the other pairs.
        @inline(__always)
        func pair(_ a: Float, _ q2: Float, _ q1: Float, _ q0: Float, _ v: UnsafeMutablePointer<Float>) {
            let even = multiplyAdd(
                multiplyAdd(multiplyAdd(d8, d6, Lanes(repeating: q2)), d4, Lanes(repeating: q1)), d2,
                Lanes(repeating: q0))
            let odd = multiplyAdd(
                multiplyAdd(multiplyAdd(d7, d5, Lanes(repeating: q2)), d3, Lanes(repeating: q1)), d1,
                Lanes(repeating: q0))
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: a)), v)
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: -a)), v + pointStride)
        }
        storeLanes(ends(d0, d2, d4, d6, d8), v)
        pair(2.5, -2.3625, 1.3524, -0.16, v + pointStride)
        pair(0.8, -7.9725, 11.015625, -1.5625, v + 3 * pointStride)
        pair(0.4, -8.4525, 14.765625, -6.25, v + 5 * pointStride)
        storeLanes(ends(d1, d3, d5, d7, d9), v + 7 * pointStride)
        pair(1.25, -7.05, 5.1024, -0.64, v + 8 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = productPair(m + pointStride, pointStride)
        let (sum2, difference2) = productPair(m + 8 * pointStride, pointStride)
        let (sum3, difference3) = productPair(m + 3 * pointStride, pointStride)
        let (sum4, difference4) = productPair(m + 5 * pointStride, pointStride)
        /// z + Σ aᵢʲ·xᵢ
        @inline(__always)
        func powers(
            _ z: Lanes, _ x1: Lanes, _ x2: Lanes, _ x3: Lanes, _ x4: Lanes, _ a1: Float, _ a2: Float, _ a3: Float,
            _ a4: Float
        ) -> Lanes {
            let large = multiplyAdd(multiplyAdd(z, x1, Lanes(repeating: a1)), x2, Lanes(repeating: a2))
            return multiplyAdd(multiplyAdd(large, x3, Lanes(repeating: a3)), x4, Lanes(repeating: a4))
        }
        storeLanes((loadLanes(m) + bias) + (sum1 + sum2) + (sum3 + sum4), y)
        if count > 1 {
            storeLanes(
                powers(bias, difference1, difference2, difference3, difference4, 2.5, 1.25, 0.8, 0.4),
                y + positionStride)
        }
        if count > 2 {
            storeLanes(powers(bias, sum1, sum2, sum3, sum4, 6.25, 1.5625, 0.64, 0.16), y + 2 * positionStride)
        }
        if count > 3 {
            storeLanes(
                powers(bias, difference1, difference2, difference3, difference4, 15.625, 1.953125, 0.512, 0.064),
                y + 3 * positionStride)
        }
        if count > 4 {
            storeLanes(
                powers(bias, sum1, sum2, sum3, sum4, 39.0625, 2.44140625, 0.4096, 0.0256), y + 4 * positionStride)
        }
        if count > 5 {
            storeLanes(
                powers(
                    bias + loadLanes(m + 7 * pointStride), difference1, difference2, difference3, difference4,
                    97.65625, 3.0517578125, 0.32768, 0.01024),
                y + 5 * positionStride)
        }
    }

    /// G[p, t] = aₚᵗ / (2·aₚ²·Π (aₚ² − a²)), over the other pairs; w₀ alone at 0, w₄ for ∞.
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        storeLanes(w.lanes(0), q)
        weightPair(
            w, 2.5, 1 / (12.5 * (6.25 - 1.5625) * (6.25 - 0.64) * (6.25 - 0.16)), to: q + pointStride, pointStride)
        weightPair(
            w, 0.8, 1 / (1.28 * (0.64 - 6.25) * (0.64 - 1.5625) * (0.64 - 0.16)), to: q + 3 * pointStride, pointStride)
        weightPair(
            w, 0.4, 1 / (0.32 * (0.16 - 6.25) * (0.16 - 1.5625) * (0.16 - 0.64)), to: q + 5 * pointStride, pointStride)
        storeLanes(w.lanes(4), q + 7 * pointStride)
        weightPair(
            w, 1.25, 1 / (3.125 * (1.5625 - 6.25) * (1.5625 - 0.64) * (1.5625 - 0.16)), to: q + 8 * pointStride,
            pointStride)
    }
}

/// F(4,5) at the points of F(6,5) but ±5/4, for the last groups of a sequence: weights are those of F(6,5), so what its
/// G has more than F(4,5)'s stands in Bᵀ. Rounding weighs less than in F(6,5).
enum F65Tail: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 4 } }
    static var points: Int { @inline(__always) get { 8 } }

    /// The pair ±a: (a² − 25/16)·(x⁴ − (b² + c²)·x² + b²·c²)·(x² ± a·x), with the other pairs' b and c.
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
        /// z + ka·a + kb·b
        @inline(__always)
        func sum(_ z: Lanes, _ a: Lanes, _ ka: Float, _ b: Lanes, _ kb: Float) -> Lanes {
            multiplyAdd(multiplyAdd(z, a, Lanes(repeating: ka)), b, Lanes(repeating: kb))
        }
        @inline(__always)
        func pair(_ a: Float, _ k2: Float, _ k1: Float, _ k0: Float, _ v: UnsafeMutablePointer<Float>) {
            let even = sum(d6 * Lanes(repeating: k2), d4, k1, d2, k0)
            let odd = sum(d5 * Lanes(repeating: k2), d3, k1, d1, k0)
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: a)), v)
            storeLanes(multiplyAdd(even, odd, Lanes(repeating: -a)), v + pointStride)
        }
        storeLanes(multiplyAdd(sum(d0, d2, -7.9725, d4, 11.015625), d6, Lanes(repeating: -1.5625)), v)
        pair(2.5, 4.6875, -3.75, 0.48, v + pointStride)
        pair(0.8, -0.9225, 5.913225, -0.9225, v + 3 * pointStride)
        pair(0.4, -1.4025, 9.663225, -5.61, v + 5 * pointStride)
        storeLanes(multiplyAdd(sum(d7, d5, -7.05, d3, 5.1024), d1, Lanes(repeating: -0.64)), v + 7 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = productPair(m + pointStride, pointStride)
        let (sum2, difference2) = productPair(m + 3 * pointStride, pointStride)
        let (sum3, difference3) = productPair(m + 5 * pointStride, pointStride)
        /// z + Σ aᵢʲ·xᵢ
        @inline(__always)
        func powers(
            _ z: Lanes, _ x1: Lanes, _ x2: Lanes, _ x3: Lanes, _ a1: Float, _ a2: Float, _ a3: Float
        ) -> Lanes {
            multiplyAdd(
                multiplyAdd(multiplyAdd(z, x1, Lanes(repeating: a1)), x2, Lanes(repeating: a2)), x3,
                Lanes(repeating: a3))
        }
        storeLanes((loadLanes(m) + bias) + (sum1 + sum2) + sum3, y)
        if count > 1 {
            storeLanes(powers(bias, difference1, difference2, difference3, 2.5, 0.8, 0.4), y + positionStride)
        }
        if count > 2 { storeLanes(powers(bias, sum1, sum2, sum3, 6.25, 0.64, 0.16), y + 2 * positionStride) }
        if count > 3 {
            let z = bias + loadLanes(m + 7 * pointStride)
            storeLanes(
                powers(z, difference1, difference2, difference3, 15.625, 0.512, 0.064), y + 3 * positionStride)
        }
    }

    /// The packed weights are the ones of F(6,5).
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        F65.transform(weights: w, to: q, pointStride)
    }
}
