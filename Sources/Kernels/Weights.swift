import CKernels

/// `widen_arguments`: stored elements to float. Runs with subnormals on: half's subnormals are scaled floats' here.
func widen(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: widen_arguments.self).pointee
    let count = a.count
    let x = a.x.unsafelyUnwrapped
    let y = a.y.unsafelyUnwrapped
    var i = 0
    switch UInt32(a.element) {
    case KERNEL_ELEMENT_F16.rawValue:
        while i < count {
            y[i] = float(fromHalf: x.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
            i += 1
        }
    case KERNEL_ELEMENT_BF16.rawValue:
        while i < count {
            y[i] = Float(bitPattern: UInt32(x.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16)
            i += 1
        }
    case KERNEL_ELEMENT_F64.rawValue:
        while i < count {
            y[i] = Float(x.loadUnaligned(fromByteOffset: 8 * i, as: Double.self))
            i += 1
        }
    default:
        while i < count {
            y[i] = x.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
            i += 1
        }
    }
}

/// The float that IEEE half precision bits stand for: exponent and mantissa moved into place, then scaled by 2¹¹².
@inline(__always)
private func float(fromHalf bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff) &<< 13
    let scaled = (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern
    let special = magnitude | 0x7f80_0000
    let finite = magnitude < 0x0f80_0000
    return Float(bitPattern: (finite ? scaled : special) | (UInt32(bits & 0x8000) &<< 16))
}

/// `uniform_arguments`: the counter-based generator of seeded weights.
func uniform(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: uniform_arguments.self).pointee
    let y = a.y.unsafelyUnwrapped
    var state = a.hash &+ UInt64(truncatingIfNeeded: a.first) &* 0x9E37_79B9_7F4A_7C15
    var i = 0
    while i < a.count {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z &>> 31
        let v = Float(Int32(truncatingIfNeeded: z &>> 40) &- 0x80_0000) * Float(bitPattern: 0x3400_0000)
        // One rounding each: the product must not be fused with the addition.
        y[i] = unfusedSum(a.offset, v * a.scale)
        i += 1
    }
}

@inline(__always)
private func unfusedSum(_ a: Float, _ b: Float) -> Float { a + b }

/// `narrow_arguments`: floats to a 16-bit type. Runs with subnormals on.
func narrow(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: narrow_arguments.self).pointee
    let x = a.x.unsafelyUnwrapped
    let y = a.y.unsafelyUnwrapped
    var i = 0
    if UInt32(a.element) == KERNEL_ELEMENT_F16.rawValue {
        while i < a.count {
            y[i] = half(x[i])
            i += 1
        }
    } else {
        while i < a.count {
            y[i] = bfloat(x[i])
            i += 1
        }
    }
}

/// The bits of the nearest number of bfloat16: half of the last place is added before the rest is cut off.
@inline(__always)
func bfloat(_ x: Float) -> UInt16 {
    let bits = x.bitPattern
    let rounded = (bits &+ 0x7fff &+ (bits &>> 16 & 1)) &>> 16
    let isNaN = bits & 0x7fff_ffff > 0x7f80_0000
    return UInt16(truncatingIfNeeded: isNaN ? bits &>> 16 | 0x40 : rounded)
}

/// The bits of the nearest number of IEEE half precision. Subnormals are rounded by an addition to 0.5, whose last place is theirs.
@inline(__always)
private func half(_ x: Float) -> UInt16 {
    let bits = x.bitPattern
    let magnitude = bits & 0x7fff_ffff
    let normal = (magnitude &+ 0xc800_0fff &+ (magnitude &>> 13 & 1)) &>> 13
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3f00_0000
    let special: UInt32 = magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00
    let value = magnitude >= 0x4780_0000 ? special : magnitude < 0x3880_0000 ? subnormal : normal
    return UInt16(truncatingIfNeeded: value | bits &>> 16 & 0x8000)
}
