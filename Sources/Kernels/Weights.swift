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
