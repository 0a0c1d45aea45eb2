/// F(2,5) at 0, ±3/2, ±2/3, ∞.
///
/// These points amplify rounding least of all points with small denominators. As a·b is 1, so are the outer coefficients of the
/// polynomials of 0 and ∞, and their rows of Bᵀ take one product.
enum F25: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 2 } }
    static var points: Int { @inline(__always) get { 6 } }

    /// a² + b², and a² and b², of the pairs ±a and ±b.
    private static var squares: Float { @inline(__always) get { 97.0 / 36 } }
    private static var square1: Float { @inline(__always) get { 9.0 / 4 } }
    private static var square2: Float { @inline(__always) get { 4.0 / 9 } }

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
        storeLanes(multiplyAdd(d0 + d4, d2, Lanes(repeating: -squares)), v)
        let even1 = multiplyAdd(d4, d2, Lanes(repeating: -square2))
        let odd1 = multiplyAdd(d3, d1, Lanes(repeating: -square2))
        storeLanes(multiplyAdd(even1, odd1, Lanes(repeating: 1.5)), v + pointStride)
        storeLanes(multiplyAdd(even1, odd1, Lanes(repeating: -1.5)), v + 2 * pointStride)
        let even2 = multiplyAdd(d4, d2, Lanes(repeating: -square1))
        let odd2 = multiplyAdd(d3, d1, Lanes(repeating: -square1))
        storeLanes(multiplyAdd(even2, odd2, Lanes(repeating: 2.0 / 3)), v + 3 * pointStride)
        storeLanes(multiplyAdd(even2, odd2, Lanes(repeating: -2.0 / 3)), v + 4 * pointStride)
        storeLanes(multiplyAdd(d1 + d5, d3, Lanes(repeating: -squares)), v + 5 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let (sum1, difference1) = productPair(m + pointStride, pointStride)
        let (sum2, difference2) = productPair(m + 3 * pointStride, pointStride)
        storeLanes(loadLanes(m) + (sum1 + sum2) + bias, y)
        if count > 1 {
            let odd = multiplyAdd(loadLanes(m + 5 * pointStride), difference1, Lanes(repeating: 1.5))
            storeLanes(multiplyAdd(odd, difference2, Lanes(repeating: 2.0 / 3)) + bias, y + positionStride)
        }
    }

    /// G[p, t] = cₚ·aₚᵗ with c = 1 at 0, 8/65 at ±3/2, −81/130 at ±2/3; w₄ alone for ∞.
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        storeLanes(w.lanes(0), q)
        weightPair(w, 1.5, 8 / 65, to: q + pointStride, pointStride)
        weightPair(w, 2 / 3, -81 / 130, to: q + 3 * pointStride, pointStride)
        storeLanes(w.lanes(4), q + 5 * pointStride)
    }
}
