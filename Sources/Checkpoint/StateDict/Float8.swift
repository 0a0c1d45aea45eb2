/// Eight-bit floating-point numbers as single-precision ones, which hold each of them exactly.
///
/// Source: Micikevicius et al. 2022, "FP8 Formats for Deep Learning".
package enum Float8 {
    /// The value of each byte in the E4M3 format: four bits of exponent, biased by 7, three of fraction; no infinity, and
    /// NaN where all of these bits are set.
    package static let e4m3: [Float] = (0..<256).map { byte in
        byte & 0x7F == 0x7F ? .nan : value(byte, exponentBits: 4, fractionBits: 3, bias: 7)
    }

    /// The value of each byte in the E5M2 format: five bits of exponent, biased by 15, two of fraction; infinity and NaN as
    /// in the formats of IEEE 754.
    package static let e5m2: [Float] = (0..<256).map { byte in
        switch byte & 0x7F {
        case 0x7C: byte < 128 ? .infinity : -.infinity
        case 0x7D...0x7F: .nan
        default: value(byte, exponentBits: 5, fractionBits: 2, bias: 15)
        }
    }

    /// The values of the bytes of an element type; nil where it is another one.
    package static func values(of type: ElementType) -> [Float]? {
        switch type {
        case .f8E4M3: e4m3
        case .f8E5M2: e5m2
        default: nil
        }
    }

    private static func value(_ byte: Int, exponentBits: Int, fractionBits: Int, bias: Int) -> Float {
        let fraction = Float(byte & (1 << fractionBits - 1)) / Float(1 << fractionBits)
        let exponent = byte >> fractionBits & (1 << exponentBits - 1)
        let magnitude =
            exponent == 0
            ? Float(sign: .plus, exponent: 1 - bias, significand: fraction)
            : Float(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
        return byte < 128 ? magnitude : -magnitude
    }
}
