/// A block of accumulators that lives in registers: `rows` rows of outputs by `vectors` vectors of lanes.
///
/// Tiles are composed from rows (`Pair`), so that one body serves every height; the compiler flattens them into plain
/// local variables, one register each.
protocol RegisterTile {
    static var rows: Int { get }
    static var vectors: Int { get }

    init(zero: ())

    /// Every row starts as the `vectors` vectors at `start` (the bias).
    init(broadcasting start: UnsafePointer<Float>)

    /// Rows of `stride` floats, scaled by one factor a row, taken from `factors`.
    init(scaling y: UnsafePointer<Float>, stride: Int, by factors: UnsafePointer<Float>)

    /// The weights of one step, in registers: `vectors` vectors.
    associatedtype Weights
    static func weights<Stored: StoredWeight>(at w: UnsafePointer<Stored>) -> Weights

    /// acc[r, o] += x[r · stride] · w[o]: one step along the summed dimension.
    mutating func accumulate<Stored: StoredWeight>(
        _ x: UnsafePointer<Float>, stride: Int, _ w: Weights, of: Stored.Type)

    /// Steps along the summed dimension for the upper or the lower half of the rows alone, as `accumulate` of a tile takes them.
    /// Tiles without halves take them for all rows.
    mutating func accumulateHalf<Stored: StoredWeight>(
        isUpper: Bool, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Stored>, ahead: Int)

    func store(to y: UnsafeMutablePointer<Float>, stride: Int)

    /// y += acc
    func add(to y: UnsafeMutablePointer<Float>, stride: Int)
}

extension RegisterTile {
    /// The floats of one step, in registers.
    @inline(__always)
    static func weights(at w: UnsafePointer<Float>) -> Weights {
        weights(at: UnsafeRawPointer(w).assumingMemoryBound(to: FloatWeight.self))
    }

    @inline(__always)
    mutating func accumulateHalf<Stored: StoredWeight>(
        isUpper: Bool, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Stored>, ahead: Int
    ) {
        accumulateSteps(&self, x, stride: stride, depth: depth, &w, ahead: ahead)
    }
}

@inline(__always)
func loadLanes(_ p: UnsafePointer<Float>, _ vector: Int = 0) -> Lanes {
    UnsafeRawPointer(p + vector * Lanes.scalarCount).load(as: Lanes.self)
}

@inline(__always)
func storeLanes(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ vector: Int = 0) {
    UnsafeMutableRawPointer(p + vector * Lanes.scalarCount).storeBytes(of: v, as: Lanes.self)
}

/// One row of one vector.
struct Row1: RegisterTile {
    var a: Lanes

    static var rows: Int { @inline(__always) get { 1 } }
    static var vectors: Int { @inline(__always) get { 1 } }

    @inline(__always)
    init(zero: ()) { a = Lanes() }

    @inline(__always)
    init(broadcasting start: UnsafePointer<Float>) { a = loadLanes(start) }

    @inline(__always)
    init(scaling y: UnsafePointer<Float>, stride: Int, by factors: UnsafePointer<Float>) {
        a = loadLanes(y) * Lanes(repeating: factors[0])
    }

    @inline(__always)
    static func weights<Stored: StoredWeight>(at w: UnsafePointer<Stored>) -> Lanes { Stored.lanes(w, 0) }

    @inline(__always)
    mutating func accumulate<Stored: StoredWeight>(
        _ x: UnsafePointer<Float>, stride: Int, _ w: Lanes, of: Stored.Type
    ) {
        a = Stored.multiplyAdd(a, Lanes(repeating: x[0]), w)
    }

    @inline(__always)
    func store(to y: UnsafeMutablePointer<Float>, stride: Int) { storeLanes(a, y) }

    @inline(__always)
    func add(to y: UnsafeMutablePointer<Float>, stride: Int) { storeLanes(loadLanes(y) + a, y) }
}

/// One row of two vectors.
struct Row2: RegisterTile {
    var a: Lanes
    var b: Lanes

    static var rows: Int { @inline(__always) get { 1 } }
    static var vectors: Int { @inline(__always) get { 2 } }

    @inline(__always)
    init(zero: ()) {
        a = Lanes()
        b = Lanes()
    }

    @inline(__always)
    init(broadcasting start: UnsafePointer<Float>) {
        a = loadLanes(start)
        b = loadLanes(start, 1)
    }

    @inline(__always)
    init(scaling y: UnsafePointer<Float>, stride: Int, by factors: UnsafePointer<Float>) {
        let factor = Lanes(repeating: factors[0])
        a = loadLanes(y) * factor
        b = loadLanes(y, 1) * factor
    }

    @inline(__always)
    static func weights<Stored: StoredWeight>(at w: UnsafePointer<Stored>) -> (Lanes, Lanes) {
        // Else the scheduler loads the second weight late, and spills broadcasts.
        let first = Stored.lanes(w, 0)
        return (first, after(first, Stored.lanes(w, 1)))
    }

    @inline(__always)
    mutating func accumulate<Stored: StoredWeight>(
        _ x: UnsafePointer<Float>, stride: Int, _ w: (Lanes, Lanes), of: Stored.Type
    ) {
        let value = Lanes(repeating: x[0])
        a = Stored.multiplyAdd(a, value, w.0)
        b = Stored.multiplyAdd(b, value, w.1)
    }

    @inline(__always)
    func store(to y: UnsafeMutablePointer<Float>, stride: Int) {
        storeLanes(a, y)
        storeLanes(b, y, 1)
    }

    @inline(__always)
    func add(to y: UnsafeMutablePointer<Float>, stride: Int) {
        storeLanes(loadLanes(y) + a, y)
        storeLanes(loadLanes(y, 1) + b, y, 1)
    }
}

/// The rows of `Upper`, then those of `Lower`.
struct Pair<Upper: RegisterTile, Lower: RegisterTile>: RegisterTile where Upper.Weights == Lower.Weights {
    var upper: Upper
    var lower: Lower

    static var rows: Int { @inline(__always) get { Upper.rows + Lower.rows } }
    static var vectors: Int { @inline(__always) get { Upper.vectors } }

    @inline(__always)
    init(zero: ()) {
        upper = Upper(zero: ())
        lower = Lower(zero: ())
    }

    @inline(__always)
    init(broadcasting start: UnsafePointer<Float>) {
        upper = Upper(broadcasting: start)
        lower = Lower(broadcasting: start)
    }

    @inline(__always)
    init(scaling y: UnsafePointer<Float>, stride: Int, by factors: UnsafePointer<Float>) {
        upper = Upper(scaling: y, stride: stride, by: factors)
        lower = Lower(scaling: y + Upper.rows * stride, stride: stride, by: factors + Upper.rows)
    }

    @inline(__always)
    static func weights<Stored: StoredWeight>(at w: UnsafePointer<Stored>) -> Upper.Weights { Upper.weights(at: w) }

    @inline(__always)
    mutating func accumulate<Stored: StoredWeight>(
        _ x: UnsafePointer<Float>, stride: Int, _ w: Upper.Weights, of stored: Stored.Type
    ) {
        upper.accumulate(x, stride: stride, w, of: stored)
        lower.accumulate(x + Upper.rows * stride, stride: stride, w, of: stored)
    }

    @inline(__always)
    mutating func accumulateHalf<Stored: StoredWeight>(
        isUpper: Bool, _ x: UnsafePointer<Float>, stride: Int, depth: Int, _ w: inout UnsafePointer<Stored>, ahead: Int
    ) {
        if isUpper {
            accumulateSteps(&upper, x, stride: stride, depth: depth, &w, ahead: ahead)
        } else {
            accumulateSteps(&lower, x + Upper.rows * stride, stride: stride, depth: depth, &w, ahead: ahead)
        }
    }

    @inline(__always)
    func store(to y: UnsafeMutablePointer<Float>, stride: Int) {
        upper.store(to: y, stride: stride)
        lower.store(to: y + Upper.rows * stride, stride: stride)
    }

    @inline(__always)
    func add(to y: UnsafeMutablePointer<Float>, stride: Int) {
        upper.add(to: y, stride: stride)
        lower.add(to: y + Upper.rows * stride, stride: stride)
    }
}

typealias Rows2<Row: RegisterTile> = Pair<Row, Row>
typealias Rows3<Row: RegisterTile> = Pair<Rows2<Row>, Row>
typealias Rows4<Row: RegisterTile> = Pair<Rows2<Row>, Rows2<Row>>
typealias Rows5<Row: RegisterTile> = Pair<Rows4<Row>, Row>
typealias Rows6<Row: RegisterTile> = Pair<Rows4<Row>, Rows2<Row>>
typealias Rows7<Row: RegisterTile> = Pair<Rows4<Row>, Rows3<Row>>
typealias Rows8<Row: RegisterTile> = Pair<Rows4<Row>, Rows4<Row>>
typealias Rows9<Row: RegisterTile> = Pair<Rows8<Row>, Row>
typealias Rows10<Row: RegisterTile> = Pair<Rows8<Row>, Rows2<Row>>
typealias Rows11<Row: RegisterTile> = Pair<Rows8<Row>, Rows3<Row>>
typealias Rows12<Row: RegisterTile> = Pair<Rows8<Row>, Rows4<Row>>

/// Work on a register tile of any height.
protocol RegisterTileBody {
    func run<Tile: RegisterTile>(_: Tile.Type)
}

/// Runs `body` on a tile of exactly `rows` rows, fewer than `Main` has: one pass over the weights, whatever is left over.
@inline(__always)
func withRemainingRows<Main: RegisterTile, Row: RegisterTile>(
    _ rows: Int, of _: Main.Type, _: Row.Type, _ body: some RegisterTileBody
) {
    switch rows {
    case 1: body.run(Row.self)
    case 2: body.run(Rows2<Row>.self)
    case 3: body.run(Rows3<Row>.self)
    case 4: if Main.rows > 4 { body.run(Rows4<Row>.self) }
    case 5: if Main.rows > 5 { body.run(Rows5<Row>.self) }
    case 6: if Main.rows > 6 { body.run(Rows6<Row>.self) }
    case 7: if Main.rows > 7 { body.run(Rows7<Row>.self) }
    case 8: if Main.rows > 8 { body.run(Rows8<Row>.self) }
    case 9: if Main.rows > 9 { body.run(Rows9<Row>.self) }
    case 10: if Main.rows > 10 { body.run(Rows10<Row>.self) }
    case 11: if Main.rows > 11 { body.run(Rows11<Row>.self) }
    default: break
    }
}
