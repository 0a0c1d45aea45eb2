import CKernels

/// The x86-64 baseline: 4 floats a vector, 16 registers, no FMA. 4 rows × 2 vectors of accumulators, two weights, and
/// products that need registers of their own.
typealias Lanes = SIMD4<Float>
typealias DoubleLanes = SIMD2<Double>

typealias RegisterTileMain = Rows4<Row2>
typealias RegisterTileNarrow = Rows4<Row1>

// Arithmetic on whole vectors, in place of the standard library's operators: see `kernel_intrinsics.h`.
extension Lanes {
    @inline(__always)
    static func + (a: Lanes, b: Lanes) -> Lanes { kernel_add_4(a, b) }

    @inline(__always)
    static func - (a: Lanes, b: Lanes) -> Lanes { kernel_subtract_4(a, b) }

    @inline(__always)
    static func * (a: Lanes, b: Lanes) -> Lanes { kernel_multiply_4(a, b) }

    @inline(__always)
    static func / (a: Lanes, b: Lanes) -> Lanes { kernel_divide_4(a, b) }

    @inline(__always)
    static func += (a: inout Lanes, b: Lanes) { a = a + b }
}

/// a + x · w, rounded twice: a fused form without the hardware is a library call a lane.
@inline(__always)
func multiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { a + x * w }

/// a + x · w, rounded once on every instruction set (but for ties of ties): the product of two floats is exact in Double.
@inline(__always)
func fusedMultiplyAdd(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes {
    narrow(
        widenedLow(a) + widenedLow(x) * widenedLow(w), widenedHigh(a) + widenedHigh(x) * widenedHigh(w))
}

/// a − x · w, rounded once on every instruction set.
@inline(__always)
func fusedMultiplySubtract(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { fusedMultiplyAdd(a, Lanes() - x, w) }

/// `value`, once `other` is in a register too: an order that the compiler keeps to.
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

/// Both halves of a vector, each number rounded to a float.
@inline(__always)
func narrow(_ low: DoubleLanes, _ high: DoubleLanes) -> Lanes { kernel_narrow_4(low, high) }

/// The largest lane.
@inline(__always)
func horizontalMax(_ value: Lanes) -> Float { kernel_reduce_max_4(value) }

/// The sum of the lanes, pairwise.
@inline(__always)
func horizontalSum(_ value: Lanes) -> Float { kernel_reduce_add_4(value) }

/// The sum of the lanes, pairwise, in Double.
@inline(__always)
func horizontalSum(_ value: DoubleLanes) -> Double { kernel_reduce_add_double_2(value) }

/// 2ⁿ, with n in the low bits of `shifted`.
@inline(__always)
func powerOfTwo(_ shifted: Lanes) -> Lanes { kernel_power_of_two_4(shifted) }

/// value·2ⁿ, with n in the low bits of `shifted`, by an addition to the exponent: for normal results; NaN may become a number.
@inline(__always)
func scaled(_ value: Lanes, _ shifted: Lanes) -> Lanes { kernel_scale_4(value, shifted) }

/// As many numbers of IEEE half precision as there are lanes, widened exactly.
@inline(__always)
func widenedHalf(_ p: UnsafePointer<UInt16>) -> Lanes { kernel_half_4(p) }

/// As many numbers of bfloat16 as there are lanes, widened exactly.
@inline(__always)
func widenedBFloat(_ p: UnsafePointer<UInt16>) -> Lanes { kernel_bfloat_4(p) }

/// a + x₀ · w₀ + x₁ · w₁ of pairs of bfloat16 in each lane.
@inline(__always)
func multiplyAddPairs(_ a: Lanes, _ x: Lanes, _ w: Lanes) -> Lanes { kernel_dot_bfloat_4(a, x, w) }

/// Rounds the lanes to bfloat16.
@inline(__always)
func storeBFloat(_ value: Lanes, _ p: UnsafeMutablePointer<UInt16>) { kernel_store_bfloat_4(value, p) }
