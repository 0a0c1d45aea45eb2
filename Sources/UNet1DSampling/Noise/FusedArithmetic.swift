import CKernels

/// a + x · w rounded once, as the hardware's fused operations do, in operations that every x86-64 has.
///
/// Values are floats in Double, where the product of two of them is exact. The sum is rounded there, and then to the nearest
/// float, which gives what one rounding gives unless the rounded sum lies halfway between two floats. `isDecided` is false
/// after that has happened; the results then hold for nothing, and `LibraryArithmetic` computes them.
struct FusedArithmetic: LaneArithmetic {
    /// Four values.
    struct Value {
        var low: SIMD2<Double>
        var high: SIMD2<Double>
    }

    /// Words in which a sum lay halfway; those of upper halves mean nothing.
    private var ties = SIMDMask<SIMD4<Int32>>(repeating: false)

    /// Whether every result so far is the exact one rounded once; for results that are zero or normal as floats.
    var isDecided: Bool {
        @inline(__always) get { !(ties[0] || ties[2]) }
    }

    @inline(__always)
    func value(_ lanes: Lanes) -> Value { Value(low: kernel_low_4(lanes), high: kernel_high_4(lanes)) }

    @inline(__always)
    func lanes(_ value: Value) -> Lanes { kernel_narrow_4(value.low, value.high) }

    @inline(__always)
    mutating func add(_ a: Value, _ x: Value, _ w: Value) -> Value {
        Value(low: rounded(a.low + x.low * w.low), high: rounded(a.high + x.high * w.high))
    }

    /// The nearest floats.
    @inline(__always)
    private mutating func rounded(_ sum: SIMD2<Double>) -> SIMD2<Double> {
        // A Double has 29 bits more than a float. Half of the last float's place is added, and what is below it cut off: where
        // nothing is, the sum lay halfway.
        let raised = unsafeBitCast(sum, to: SIMD2<UInt64>.self) &+ SIMD2(repeating: 1 << 28)
        let cut = raised & SIMD2(repeating: ~(1 << 29 - 1))
        ties = ties .| (unsafeBitCast(raised, to: SIMD4<Int32>.self) .== unsafeBitCast(cut, to: SIMD4<Int32>.self))
        return unsafeBitCast(cut, to: SIMD2<Double>.self)
    }
}

/// a + x · w rounded once: a call of the C library a lane, which uses the hardware where it can.
struct LibraryArithmetic: LaneArithmetic {
    func value(_ lanes: Lanes) -> Lanes { lanes }

    func lanes(_ value: Lanes) -> Lanes { value }

    func add(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { a.addingProduct(x, w) }
}
