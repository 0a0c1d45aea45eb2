/// The transforms of a form of Winograd's convolution of width 5: `points` products for `outputs` positions of the output.
///
/// Where there are pairs ±a, points come as 0, then pairs, and ∞ after the third if the form has it. Pairs share the even and
/// odd parts of their polynomials. A tail's points are the first of its head's, and on the same weights.
protocol WinogradTransforms {
    /// Positions of a group.
    static var outputs: Int { get }

    /// Products of a group.
    static var points: Int { get }

    /// Positions before a group that it reads.
    static var before: Int { get }

    /// Channels that are summed by themselves before they are added to the others: sums of few terms round less.
    static var summedChannels: Int { get }

    /// Bᵀ·x of one vector of channels: from the positions that a group reads to its points.
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int)

    /// Aᵀ of one vector of products, and the bias, to the first `count` positions of a group.
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int)

    /// G·w of one input and output: from five taps to as many floats as there are points. Not on the forward path.
    static func transform(weights w: UnsafePointer<Float>, to q: UnsafeMutablePointer<Float>, _ pointStride: Int)
}

extension WinogradTransforms {
    static var before: Int { @inline(__always) get { 2 } }
    static var summedChannels: Int { @inline(__always) get { .max } }
}

/// Sum and difference of the products of a pair of points.
@inline(__always)
func productPair(_ m: UnsafePointer<Float>, _ pointStride: Int) -> (sum: Lanes, difference: Lanes) {
    let positive = loadLanes(m)
    let negative = loadLanes(m + pointStride)
    return (positive + negative, positive - negative)
}

/// scale · Σ_t (±a)ᵗ·w[t], in Double.
@inline(__always)
func weightPair(
    _ w: UnsafePointer<Float>, _ a: Double, _ scale: Double, to q: UnsafeMutablePointer<Float>, _ pointStride: Int
) {
    let square = a * a
    let even = Double(w[0]) + square * Double(w[2]) + square * square * Double(w[4])
    let odd = a * Double(w[1]) + a * square * Double(w[3])
    q[0] = Float((even + odd) * scale)
    q[pointStride] = Float((even - odd) * scale)
}
