/// Four positions that are the whole sequence: the product of a 4 × 4 Toeplitz matrix of taps with x, in 7 products, at 0, ±1, ±2,
/// ±½. F(4,5) has 8, as it does not know that all around is zero.
///
/// With Lagrange's polynomials Lₚ of the points, Σₚ aₚⁱ·aₚ³⁻ʲ·[coefficient k of Lₚ] is 1 where i + 3 − j = k, else 0; tap
/// t = j − i + 2 of output i and input j stands at k = 5 − t. Source: Toom's and Cook's multiplication, transposed.
enum Whole4: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 4 } }
    static var points: Int { @inline(__always) get { 7 } }
    static var before: Int { @inline(__always) get { 0 } }

    /// Σⱼ aₚ³⁻ʲ·xⱼ
    @inline(__always)
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        let d0 = loadLanes(x)
        let d1 = loadLanes(x + positionStride)
        let d2 = loadLanes(x + 2 * positionStride)
        let d3 = loadLanes(x + 3 * positionStride)
        storeLanes(d3, v)
        let even1 = d1 + d3
        let odd1 = d0 + d2
        storeLanes(even1 + odd1, v + pointStride)
        storeLanes(even1 - odd1, v + 2 * pointStride)
        let even2 = multiplyAdd(d3, d1, Lanes(repeating: 4))
        let odd2 = multiplyAdd(d2, d0, Lanes(repeating: 4))
        storeLanes(multiplyAdd(even2, odd2, Lanes(repeating: 2)), v + 3 * pointStride)
        storeLanes(multiplyAdd(even2, odd2, Lanes(repeating: -2)), v + 4 * pointStride)
        let even3 = multiplyAdd(d3, d1, Lanes(repeating: 0.25))
        let odd3 = multiplyAdd(d2, d0, Lanes(repeating: 0.25))
        storeLanes(multiplyAdd(even3, odd3, Lanes(repeating: 0.5)), v + 5 * pointStride)
        storeLanes(multiplyAdd(even3, odd3, Lanes(repeating: -0.5)), v + 6 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        F45.finish(m, pointStride, infinity: Lanes(repeating: 0), bias, y, positionStride, count)
    }

    /// The pair ±a, with b² and c² of the others: Lₚ = z·(z ± a)·(z² − b²)·(z² − c²) / (2·a²·(a² − b²)·(a² − c²)).
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        func pair(_ a: Double, _ bb: Double, _ cc: Double, _ q: UnsafeMutablePointer<Float>) {
            let scale = 1 / (2 * a * a * (a * a - bb) * (a * a - cc))
            let even = bb * cc * w[3] - (bb + cc) * w[1]
            let odd = a * (w[0] - (bb + cc) * w[2] + bb * cc * w[4])
            storeLanes((scale * (even + odd)).narrowed, q)
            storeLanes((scale * (even - odd)).narrowed, q + pointStride)
        }
        storeLanes((5.25 * (w[1] - w[3])).narrowed, q)
        pair(1, 4, 0.25, q + pointStride)
        pair(2, 1, 0.25, q + 3 * pointStride)
        pair(0.5, 1, 4, q + 5 * pointStride)
    }
}

/// Two positions that are the whole sequence: y₀ = w₂·x₀ + w₃·x₁ and y₁ = w₁·x₀ + w₂·x₁ in 3 products, as w₂·(x₀ + x₁) is in both.
///
/// Source: Karatsuba's multiplication, transposed.
enum Whole2: WinogradTransforms {
    static var outputs: Int { @inline(__always) get { 2 } }
    static var points: Int { @inline(__always) get { 3 } }
    static var before: Int { @inline(__always) get { 0 } }
    static var firstTap: Int { @inline(__always) get { 1 } }
    static var taps: Int { @inline(__always) get { 3 } }

    @inline(__always)
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        let d0 = loadLanes(x)
        let d1 = loadLanes(x + positionStride)
        storeLanes(d0 + d1, v)
        storeLanes(d1, v + pointStride)
        storeLanes(d0, v + 2 * pointStride)
    }

    @inline(__always)
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int
    ) {
        let shared = loadLanes(m) + bias
        storeLanes(shared + loadLanes(m + pointStride), y)
        if count > 1 { storeLanes(shared + loadLanes(m + 2 * pointStride), y + positionStride) }
    }

    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        storeLanes(w.lanes(2), q)
        storeLanes((w[3] - w[2]).narrowed, q + pointStride)
        storeLanes((w[1] - w[2]).narrowed, q + 2 * pointStride)
    }
}
