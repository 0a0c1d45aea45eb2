import CKernels

/// An element of packed weights in memory; all are floats in registers.
protocol StoredWeight {
    /// The vector of lanes that is number `vector` from `p` on.
    static func lanes(_ p: UnsafePointer<Self>, _ vector: Int) -> Lanes

    /// a + x · w, for the number or the pair of numbers that each lane of x has.
    static func multiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes

    /// Whether an element stands for two inputs, and the rows that it meets are pairs, too.
    static var isPair: Bool { get }
}

extension StoredWeight {
    @inline(__always)
    static func multiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { fusedOrNot(a, x, w) }

    static var isPair: Bool { @inline(__always) get { false } }
}

/// a + x · w as the instruction set has it.
@inline(__always)
private func fusedOrNot(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { multiplyAdd(a, x, w) }

/// A float. (A conformance of Float itself would be a weak function that other modules share.)
struct FloatWeight: StoredWeight {
    let value: Float

    @inline(__always)
    static func lanes(_ p: UnsafePointer<FloatWeight>, _ vector: Int) -> Lanes {
        loadLanes(UnsafeRawPointer(p).assumingMemoryBound(to: Float.self), vector)
    }
}

/// A number of IEEE half precision.
struct HalfWeight: StoredWeight {
    let bits: UInt16

    @inline(__always)
    static func lanes(_ p: UnsafePointer<HalfWeight>, _ vector: Int) -> Lanes {
        widenedHalf(UnsafeRawPointer(p + vector * Lanes.scalarCount).assumingMemoryBound(to: UInt16.self))
    }
}

/// A number of bfloat16.
struct BFloatWeight: StoredWeight {
    let bits: UInt16

    @inline(__always)
    static func lanes(_ p: UnsafePointer<BFloatWeight>, _ vector: Int) -> Lanes {
        widenedBFloat(UnsafeRawPointer(p + vector * Lanes.scalarCount).assumingMemoryBound(to: UInt16.self))
    }
}

/// Numbers of bfloat16 for an even input and the next.
struct BFloatPair: StoredWeight {
    let bits: UInt32

    @inline(__always)
    static func lanes(_ p: UnsafePointer<BFloatPair>, _ vector: Int) -> Lanes {
        loadLanes(UnsafeRawPointer(p).assumingMemoryBound(to: Float.self), vector)
    }

    @inline(__always)
    static func multiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { multiplyAddPairs(a, x, w) }

    static var isPair: Bool { @inline(__always) get { true } }
}

/// Rounds a row to bfloat16, two numbers in a word. Its padding to whole vectors is zero, and is written, too: behind the pairs.
@inline(__always)
func narrowRow(_ x: UnsafePointer<Float>, _ channels: Int, _ y: UnsafeMutablePointer<Float>) {
    let y = UnsafeMutableRawPointer(y).assumingMemoryBound(to: UInt16.self)
    var c = 0
    while c < channels {
        storeBFloat(loadLanes(x + c), y + c)
        c += Lanes.scalarCount
    }
}
