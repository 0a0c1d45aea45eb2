import CKernels

/// A form F(outputs, 5) of Winograd's convolution: outputs + 4 products for `outputs` positions of the output.
///
/// Points come as 0, then pairs ±a, then ∞. Pairs share the even and odd parts of their polynomials.
protocol WinogradForm {
    /// Positions of a group.
    static var outputs: Int { get }

    /// Bᵀ·x of one vector of channels: from `points` positions to as many points.
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int)

    /// Aᵀ of one vector of products, and the bias, to the first `count` positions of a group.
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int)

    /// G·w of one input and output: from five taps to as many floats as there are points. Not on the forward path.
    static func transform(weights w: UnsafePointer<Float>, to q: UnsafeMutablePointer<Float>, _ pointStride: Int)
}

extension WinogradForm {
    /// Products of a group.
    static var points: Int { @inline(__always) get { outputs + 4 } }
}

/// F(4,5) at 0, ±1, ±2, ±½, ∞.
enum F45: WinogradForm {
    static var outputs: Int { @inline(__always) get { 4 } }

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
        storeLanes(multiplyAdd(d0 - d6, d4 - d2, Lanes(repeating: 5.25)), v)
        let even1 = multiplyAdd(d2 + d6, d4, Lanes(repeating: -4.25))
        let odd1 = multiplyAdd(d1 + d5, d3, Lanes(repeating: -4.25))
        storeLanes(even1 + odd1, v + pointStride)
        storeLanes(even1 - odd1, v + 2 * pointStride)
        let even2 = multiplyAdd(multiplyAdd(d6, d2, Lanes(repeating: 0.25)), d4, Lanes(repeating: -1.25))
        let odd2 = multiplyAdd(
            multiplyAdd(d1 * Lanes(repeating: 0.5), d3, Lanes(repeating: -2.5)), d5, Lanes(repeating: 2))
        storeLanes(even2 + odd2, v + 3 * pointStride)
        storeLanes(even2 - odd2, v + 4 * pointStride)
        let even3 = multiplyAdd(multiplyAdd(d6, d2, Lanes(repeating: 4)), d4, Lanes(repeating: -5))
        let odd3 = multiplyAdd(
            multiplyAdd(d1 * Lanes(repeating: 2), d3, Lanes(repeating: -2.5)), d5, Lanes(repeating: 0.5))
        storeLanes(even3 + odd3, v + 5 * pointStride)
        storeLanes(even3 - odd3, v + 6 * pointStride)
        storeLanes(multiplyAdd(d7 - d1, d3 - d5, Lanes(repeating: 5.25)), v + 7 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = pair(m + pointStride, pointStride)
        let (sum2, difference2) = pair(m + 3 * pointStride, pointStride)
        let (sum3, difference3) = pair(m + 5 * pointStride, pointStride)
        storeLanes((loadLanes(m) + sum1) + (sum2 + sum3) + bias, y)
        if count > 1 {
            let odd = multiplyAdd(difference1, difference2, Lanes(repeating: 2))
            storeLanes(multiplyAdd(odd, difference3, Lanes(repeating: 0.5)) + bias, y + positionStride)
        }
        if count > 2 {
            let even = multiplyAdd(sum1, sum2, Lanes(repeating: 4))
            storeLanes(multiplyAdd(even, sum3, Lanes(repeating: 0.25)) + bias, y + 2 * positionStride)
        }
        if count > 3 {
            let odd = multiplyAdd(difference1 + loadLanes(m + 7 * pointStride), difference2, Lanes(repeating: 8))
            storeLanes(multiplyAdd(odd, difference3, Lanes(repeating: 0.125)) + bias, y + 3 * positionStride)
        }
    }

    /// G[p, t] = cₚ·aₚᵗ with c = 1 at 0, −2/9 at ±1, 1/90 at ±2, 32/45 at ±½; w₄ alone for ∞.
    static func transform(weights w: UnsafePointer<Float>, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        q[0] = w[0]
        pair(w, 1, -2 / 9, to: q + pointStride, pointStride)
        pair(w, 2, 1 / 90, to: q + 3 * pointStride, pointStride)
        pair(w, 0.5, 32 / 45, to: q + 5 * pointStride, pointStride)
        q[7 * pointStride] = w[4]
    }
}

/// F(6,5) at 0, ±5/2, ±5/4, ±4/5, ±2/5, ∞.
///
/// Of all points with small denominators these amplify rounding least: 2.2 times as much as F(4,5) does, where the customary
/// 0, ±1, ±2, ±½, ±3/2 do 4.2 times. As a and 1/a are both there, the polynomials of 0 and ∞ are palindromes.
enum F65: WinogradForm {
    static var outputs: Int { @inline(__always) get { 6 } }

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
        pair(1.25, -7.05, 5.1024, -0.64, v + 3 * pointStride)
        pair(0.8, -7.9725, 11.015625, -1.5625, v + 5 * pointStride)
        pair(0.4, -8.4525, 14.765625, -6.25, v + 7 * pointStride)
        storeLanes(ends(d1, d3, d5, d7, d9), v + 9 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = pair(m + pointStride, pointStride)
        let (sum2, difference2) = pair(m + 3 * pointStride, pointStride)
        let (sum3, difference3) = pair(m + 5 * pointStride, pointStride)
        let (sum4, difference4) = pair(m + 7 * pointStride, pointStride)
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
                    bias + loadLanes(m + 9 * pointStride), difference1, difference2, difference3, difference4,
                    97.65625, 3.0517578125, 0.32768, 0.01024),
                y + 5 * positionStride)
        }
    }

    /// G[p, t] = aₚᵗ / (2·aₚ²·Π (aₚ² − a²)), over the other pairs; w₀ alone at 0, w₄ for ∞.
    static func transform(weights w: UnsafePointer<Float>, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        q[0] = w[0]
        pair(w, 2.5, 1 / (12.5 * (6.25 - 1.5625) * (6.25 - 0.64) * (6.25 - 0.16)), to: q + pointStride, pointStride)
        pair(
            w, 1.25, 1 / (3.125 * (1.5625 - 6.25) * (1.5625 - 0.64) * (1.5625 - 0.16)), to: q + 3 * pointStride,
            pointStride)
        pair(w, 0.8, 1 / (1.28 * (0.64 - 6.25) * (0.64 - 1.5625) * (0.64 - 0.16)), to: q + 5 * pointStride, pointStride)
        pair(w, 0.4, 1 / (0.32 * (0.16 - 6.25) * (0.16 - 1.5625) * (0.16 - 0.64)), to: q + 7 * pointStride, pointStride)
        q[9 * pointStride] = w[4]
    }
}

/// Sum and difference of the products of a pair of points.
@inline(__always)
private func pair(_ m: UnsafePointer<Float>, _ pointStride: Int) -> (sum: Lanes, difference: Lanes) {
    let positive = loadLanes(m)
    let negative = loadLanes(m + pointStride)
    return (positive + negative, positive - negative)
}

/// scale · Σ_t (±a)ᵗ·w[t], in Double.
@inline(__always)
private func pair(
    _ w: UnsafePointer<Float>, _ a: Double, _ scale: Double, to q: UnsafeMutablePointer<Float>, _ pointStride: Int
) {
    let square = a * a
    let even = Double(w[0]) + square * Double(w[2]) + square * square * Double(w[4])
    let odd = a * Double(w[1]) + a * square * Double(w[3])
    q[0] = Float((even + odd) * scale)
    q[pointStride] = Float((even - odd) * scale)
}
