/// A vector's lanes in Double.
struct WideLanes {
    private var low: DoubleLanes
    private var high: DoubleLanes

    @inline(__always)
    private init(_ low: DoubleLanes, _ high: DoubleLanes) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    init(_ value: Lanes) { self.init(widenedLow(value), widenedHigh(value)) }

    /// Each lane rounded to a float.
    var narrowed: Lanes { @inline(__always) get { narrow(low, high) } }

    /// Stores the lanes, in order; no alignment is needed.
    @inline(__always)
    func store(to p: UnsafeMutablePointer<Double>) {
        UnsafeMutableRawPointer(p).storeBytes(of: low, as: DoubleLanes.self)
        UnsafeMutableRawPointer(p + DoubleLanes.scalarCount).storeBytes(of: high, as: DoubleLanes.self)
    }

    @inline(__always)
    static func + (a: WideLanes, b: WideLanes) -> WideLanes { WideLanes(a.low + b.low, a.high + b.high) }

    @inline(__always)
    static func - (a: WideLanes, b: WideLanes) -> WideLanes { WideLanes(a.low - b.low, a.high - b.high) }

    @inline(__always)
    static func * (a: Double, b: WideLanes) -> WideLanes { WideLanes(a * b.low, a * b.high) }
}
