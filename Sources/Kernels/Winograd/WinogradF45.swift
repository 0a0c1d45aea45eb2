/// F(4,5) at 0, ±1, ±2, ±½, ∞.
enum F45: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 4 } }
    static var points: Int { @inline(__always) get { 8 } }

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
        finish(m, pointStride, infinity: loadLanes(m + 7 * pointStride), bias, y, positionStride, count)
    }

    /// Aᵀ, whose products at ∞ are `infinity`.
    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, infinity: Lanes, _ bias: Lanes,
        _ y: UnsafeMutablePointer<Float>, _ positionStride: Int, _ count: Int
    ) {
        let (sum1, difference1) = productPair(m + pointStride, pointStride)
        let (sum2, difference2) = productPair(m + 3 * pointStride, pointStride)
        let (sum3, difference3) = productPair(m + 5 * pointStride, pointStride)
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
            let odd = multiplyAdd(difference1 + infinity, difference2, Lanes(repeating: 8))
            storeLanes(multiplyAdd(odd, difference3, Lanes(repeating: 0.125)) + bias, y + 3 * positionStride)
        }
    }

    /// G[p, t] = cₚ·aₚᵗ with c = 1 at 0, −2/9 at ±1, 1/90 at ±2, 32/45 at ±½; w₄ alone for ∞.
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        storeLanes(w.lanes(0), q)
        weightPair(w, 1, -2 / 9, to: q + pointStride, pointStride)
        weightPair(w, 2, 1 / 90, to: q + 3 * pointStride, pointStride)
        weightPair(w, 0.5, 32 / 45, to: q + 5 * pointStride, pointStride)
        storeLanes(w.lanes(4), q + 7 * pointStride)
    }
}
