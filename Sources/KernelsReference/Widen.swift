import CKernels

/// y[i] = Float(x[i]); x needs no alignment.
func widen(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: widen_arguments.self)
    let x: UnsafeRawPointer = a.x
    for i in 0..<a.count {
        switch kernel_element(rawValue: UInt32(a.element)) {
        case KERNEL_ELEMENT_F16: a.y[i] = half(x.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
        case KERNEL_ELEMENT_BF16:
            a.y[i] = Float(bitPattern: UInt32(x.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)) << 16)
        case KERNEL_ELEMENT_F64: a.y[i] = Float(x.loadUnaligned(fromByteOffset: 8 * i, as: Double.self))
        default: a.y[i] = x.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
        }
    }
}

/// A number of one sign bit, five of exponent (bias 15) and ten of significand, exactly.
/// Source: IEEE 754-2008, binary16.
private func half(_ bits: UInt16) -> Float {
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31)
    let significand = Float(bits & 1023)
    return switch exponent {
    case 0: sign * significand * 0x1p-24
    case 31: significand == 0 ? sign * .infinity : .nan
    default: sign * (1 + significand * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
}
