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

    /// Bᵀ·x of one vector of channels: from the positions that a group reads to its points.
    static func transform(
        _ x: UnsafePointer<Float>, _ positionStride: Int, to v: UnsafeMutablePointer<Float>, _ pointStride: Int)

    /// Aᵀ of one vector of products, and the bias, to the first `count` positions of a group.
    static func finish(
        _ m: UnsafePointer<Float>, _ pointStride: Int, bias: Lanes, to y: UnsafeMutablePointer<Float>,
        _ positionStride: Int, count: Int)

    /// The taps that its weights are made of, at most as many as there are points.
    static var firstTap: Int { get }
    static var taps: Int { get }

    /// G·w of one input and one vector of outputs. Not on the forward path.
    static func transform(weights w: TapLanes, to q: UnsafeMutablePointer<Float>, _ pointStride: Int)
}

extension WinogradTransforms {
    static var before: Int { @inline(__always) get { 2 } }
    static var firstTap: Int { @inline(__always) get { 0 } }
    static var taps: Int { @inline(__always) get { 5 } }
}

/// Sum and difference of the products of a pair of points.
@inline(__always)
func productPair(_ m: UnsafePointer<Float>, _ pointStride: Int) -> (sum: Lanes, difference: Lanes) {
    let positive = loadLanes(m)
    let negative = loadLanes(m + pointStride)
    return (positive + negative, positive - negative)
}

/// The five taps of one input and one vector of outputs.
struct TapLanes {
    private let taps: (Lanes, Lanes, Lanes, Lanes, Lanes)

    /// Loads the taps from `first` on, as many as there are rows; the others are zero.
    @inline(__always)
    init(_ rows: UnsafePointer<Float>, _ rowStride: Int, first: Int, count: Int) {
        @inline(__always)
        func row(_ tap: Int) -> Lanes {
            tap >= first && tap < first + count ? loadLanes(rows + (tap - first) * rowStride) : Lanes()
        }
        taps = (row(0), row(1), row(2), row(3), row(4))
    }

    /// A tap as it is.
    @inline(__always)
    func lanes(_ tap: Int) -> Lanes {
        switch tap {
        case 0: taps.0
        case 1: taps.1
        case 2: taps.2
        case 3: taps.3
        default: taps.4
        }
    }

    /// A tap in Double.
    subscript(tap: Int) -> WideLanes { @inline(__always) get { WideLanes(lanes(tap)) } }
}

/// scale · Σ_t (±a)ᵗ·w[t], in Double.
@inline(__always)
func weightPair(
    _ w: TapLanes, _ a: Double, _ scale: Double, to q: UnsafeMutablePointer<Float>, _ pointStride: Int
) {
    let square = a * a
    let even = w[0] + square * w[2] + square * square * w[4]
    let odd = a * w[1] + a * square * w[3]
    storeLanes((scale * (even + odd)).narrowed, q)
    storeLanes((scale * (even - odd)).narrowed, q + pointStride)
}
