import CKernels

/// Four vectors that are computed side by side.
///
/// An exponential or an activation is a chain of some thirty operations of three or four cycles each; a loop over single vectors
/// waits for one chain after another, as the processor cannot look far enough ahead. Four chains in step hide each other's
/// latency.
struct Quad {
    var a: Lanes
    var b: Lanes
    var c: Lanes
    var d: Lanes

    static var scalarCount: Int { @inline(__always) get { 4 * Lanes.scalarCount } }

    @inline(__always)
    init(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
    }

    @inline(__always)
    init(repeating value: Lanes) { self.init(value, value, value, value) }

    @inline(__always)
    init(repeating value: Float) { self.init(repeating: Lanes(repeating: value)) }

    /// Four vectors that follow one another.
    @inline(__always)
    init(at p: UnsafePointer<Float>) { self.init(loadLanes(p), loadLanes(p, 1), loadLanes(p, 2), loadLanes(p, 3)) }

    /// Four rows of one vector.
    @inline(__always)
    init(at p: UnsafePointer<Float>, stride: Int) {
        self.init(loadLanes(p), loadLanes(p + stride), loadLanes(p + 2 * stride), loadLanes(p + 3 * stride))
    }

    @inline(__always)
    func store(to p: UnsafeMutablePointer<Float>) {
        storeLanes(a, p)
        storeLanes(b, p, 1)
        storeLanes(c, p, 2)
        storeLanes(d, p, 3)
    }

    /// Rounds each number to bfloat16.
    @inline(__always)
    func storeRounded(to p: UnsafeMutablePointer<UInt16>) {
        storeBFloat(a, p)
        storeBFloat(b, p + Lanes.scalarCount)
        storeBFloat(c, p + 2 * Lanes.scalarCount)
        storeBFloat(d, p + 3 * Lanes.scalarCount)
    }

    @inline(__always)
    static func + (x: Quad, y: Quad) -> Quad { Quad(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d) }

    @inline(__always)
    static func - (x: Quad, y: Quad) -> Quad {
        Quad(x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d)
    }

    @inline(__always)
    static prefix func - (x: Quad) -> Quad { Quad(repeating: Lanes()) - x }

    @inline(__always)
    static func * (x: Quad, y: Quad) -> Quad {
        Quad(x.a * y.a, x.b * y.b, x.c * y.c, x.d * y.d)
    }

    @inline(__always)
    static func / (x: Quad, y: Quad) -> Quad {
        Quad(x.a / y.a, x.b / y.b, x.c / y.c, x.d / y.d)
    }

    /// These values, none of which is used before its neighbour is ready, too: the compiler would else take up one
    /// chain after another, and the processor cannot look far enough ahead to join them again.
    var inStep: Quad { @inline(__always) get { Quad(after(b, a), after(c, b), after(d, c), after(a, d)) } }

    /// The sum of the four vectors.
    var total: Lanes { @inline(__always) get { (a + b) + (c + d) } }

    /// The largest of the four, lane by lane; where some are NaN, a NaN or the largest of others.
    var largest: Lanes { @inline(__always) get { atLeast(atLeast(a, b), atLeast(c, d)) } }

    /// `other` in the lanes where `condition` holds for x.
    @inline(__always)
    func replacing(with other: Quad, whereAtLeast bound: Float, _ x: Quad) -> Quad {
        let bound = Lanes(repeating: bound)
        return Quad(
            a.replacing(with: other.a, where: x.a .>= bound), b.replacing(with: other.b, where: x.b .>= bound),
            c.replacing(with: other.c, where: x.c .>= bound), d.replacing(with: other.d, where: x.d .>= bound))
    }
}

/// a + x · w, rounded once where the instruction set has it.
@inline(__always)
func multiplyAdd(_ a: Quad, _ x: Quad, _ w: Quad) -> Quad {
    Quad(
        multiplyAdd(a.a, x.a, w.a), multiplyAdd(a.b, x.b, w.b), multiplyAdd(a.c, x.c, w.c), multiplyAdd(a.d, x.d, w.d))
}

/// a + x · w for constants a.
@inline(__always)
func multiplyAdd(_ a: Float, _ x: Quad, _ w: Quad) -> Quad { multiplyAdd(Quad(repeating: a), x, w) }

/// a + x · w, rounded once on every instruction set.
@inline(__always)
func fusedMultiplyAdd(_ a: Quad, _ x: Quad, _ w: Quad) -> Quad {
    Quad(
        fusedMultiplyAdd(a.a, x.a, w.a), fusedMultiplyAdd(a.b, x.b, w.b), fusedMultiplyAdd(a.c, x.c, w.c),
        fusedMultiplyAdd(a.d, x.d, w.d))
}

/// a − x · w, rounded once on every instruction set.
@inline(__always)
func fusedMultiplySubtract(_ a: Quad, _ x: Quad, _ w: Quad) -> Quad {
    Quad(
        fusedMultiplySubtract(a.a, x.a, w.a), fusedMultiplySubtract(a.b, x.b, w.b),
        fusedMultiplySubtract(a.c, x.c, w.c), fusedMultiplySubtract(a.d, x.d, w.d))
}

/// The larger of a bound and a value; NaN where the value is NaN.
@inline(__always)
func atLeast(_ bound: Quad, _ value: Quad) -> Quad {
    Quad(
        atLeast(bound.a, value.a), atLeast(bound.b, value.b), atLeast(bound.c, value.c), atLeast(bound.d, value.d))
}

/// The smaller of a bound and a value; NaN where the value is NaN.
@inline(__always)
func atMost(_ bound: Quad, _ value: Quad) -> Quad {
    Quad(atMost(bound.a, value.a), atMost(bound.b, value.b), atMost(bound.c, value.c), atMost(bound.d, value.d))
}
