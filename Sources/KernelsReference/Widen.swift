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
func half(_ bits: UInt16) -> Float {
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31)
    let significand = Float(bits & 1023)
    return switch exponent {
    case 0: sign * significand * 0x1p-24
    case 31: significand == 0 ? sign * .infinity : .nan
    default: sign * (1 + significand * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
}

/// y[i] = x[i], rounded to the nearest number of a 16-bit type, ties to the even one.
func narrow(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments!.load(as: narrow_arguments.self)
    let isHalf = kernel_element(rawValue: UInt32(a.element)) == KERNEL_ELEMENT_F16
    for i in 0..<a.count {
        a.y[i] =
            isHalf
            ? narrowed(a.x[i], fractionBits: 10, minimumExponent: -14, maximumExponent: 15)
            : narrowed(a.x[i], fractionBits: 7, minimumExponent: -126, maximumExponent: 127)
    }
}

/// The bits of the nearest number with so many bits of fraction, and exponents between two bounds.
/// Source: IEEE 754-2008, binary16; bfloat16 is the upper half of binary32.
func narrowed(_ x: Float, fractionBits: Int, minimumExponent: Int, maximumExponent: Int) -> UInt16 {
    let exponentBits = 15 - fractionBits
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    let infinity = UInt16((1 << exponentBits) - 1) << UInt16(fractionBits)
    if x.isNaN { return sign | infinity | 1 << UInt16(fractionBits - 1) }
    if x.isInfinite { return sign | infinity }
    let exponent = max(minimumExponent, x == 0 ? minimumExponent : Int(x.exponent))
    // In units of the last place, a whole number once it is rounded.
    let units = (Double(x.magnitude) * Double(sign: .plus, exponent: fractionBits - exponent, significand: 1))
        .rounded(.toNearestOrEven)
    let whole = Int(units) + (exponent - minimumExponent) << fractionBits
    let most = Int(infinity)
    return sign | UInt16(min(whole, most))
}
