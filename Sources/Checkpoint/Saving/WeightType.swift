/// The types that weights are saved as.
public enum WeightType: String, Sendable, Hashable, CaseIterable {
    /// IEEE single precision.
    case f32
    /// IEEE half precision.
    case f16
    /// The upper half of a single-precision number.
    case bf16

    /// The type as safetensors names it.
    public var elementType: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        }
    }

    /// Bytes an element.
    var bytes: Int { elementType.bits / 8 }
}

// Rounding by integers alone, so that no rounding mode of the caller decides it.

extension Float {
    /// The bits of the nearest half-precision number, ties to the even one; infinity from 65520 on. A NaN stays one.
    var halfBits: UInt16 {
        let sign = UInt16(bitPattern >> 16 & 0x8000)
        let magnitude = bitPattern & 0x7FFF_FFFF
        let exponent = magnitude >> 23
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 | UInt16(magnitude >> 13 & 0x3FF) }
        // From 2¹⁶ on.
        if exponent >= 143 { return sign | 0x7C00 }
        // From 2⁻¹⁴ on: the exponent's bias becomes 15; a carry out of the fraction raises it.
        if exponent >= 113 { return sign | UInt16((magnitude - 0x3800_0000).roundedShift(13)) }
        // Half of the least number, 2⁻²⁵, is a tie with zero.
        if exponent < 102 { return sign }
        // Units of 2⁻²⁴.
        return sign | UInt16((magnitude & 0x7F_FFFF | 0x80_0000).roundedShift(126 - exponent))
    }

    /// The upper half of the number's bits, rounded to the nearest, ties to the even one. A NaN stays one.
    var bfloat16Bits: UInt16 {
        isNaN ? UInt16(bitPattern >> 16) | 0x40 : UInt16(bitPattern.roundedShift(16))
    }
}

extension UInt32 {
    /// The number divided by 2^`shift`, rounded to the nearest, ties to the even one.
    fileprivate func roundedShift(_ shift: UInt32) -> UInt32 {
        (self + (1 << (shift - 1) - 1) + (self >> shift & 1)) >> shift
    }
}
