import CKernels

/// The x86-64 baseline: 4 floats a vector, 16 registers, no FMA. 4 rows × 2 vectors of accumulators, two weights, and
/// products that need registers of their own.
typealias Lanes = SIMD4<Float>
typealias IntegerLanes = SIMD4<Int32>
typealias DoubleLanes = SIMD2<Double>

typealias RegisterTileMain = Rows4<Row2>
typealias RegisterTileNarrow = Rows4<Row1>

/// a + x · w, rounded twice: a fused form without the hardware is a library call a lane.
@inline(__always)
func multiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { a + x * w }

/// a + x · w, rounded once on every instruction set (but for ties of ties): the product of two floats is exact in Double.
@inline(__always)
func fusedMultiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes {
    kernel_narrow_4(
        widenedLow(a) + widenedLow(x) * widenedLow(w), widenedHigh(a) + widenedHigh(x) * widenedHigh(w))
}

/// `value`, once `other` is in a register too: without it the scheduler loads the second weight late and spills broadcasts.
@inline(__always)
func after(_ other: Lanes, _ value: Lanes) -> Lanes { kernel_after_4(value, other) }

/// The larger of a bound and a value; NaN where the value is NaN.
@inline(__always)
func atLeast(_ bound: Lanes, _ value: Lanes) -> Lanes { kernel_max_4(bound, value) }

/// The smaller of a bound and a value; NaN where the value is NaN.
@inline(__always)
func atMost(_ bound: Lanes, _ value: Lanes) -> Lanes { kernel_min_4(bound, value) }

/// The lower half of the lanes, widened.
@inline(__always)
func widenedLow(_ value: Lanes) -> DoubleLanes { kernel_low_4(value) }

/// The upper half of the lanes, widened.
@inline(__always)
func widenedHigh(_ value: Lanes) -> DoubleLanes { kernel_high_4(value) }
