import Testing

@testable import Checkpoint

/// Half and bfloat16 numbers are those that PyTorch rounds to.
@Suite struct RoundingTests {
    /// Bits of a float, and what torch 2.13 gives with `half()` and `bfloat16()`: ties, subnormals, the ends of the ranges.
    static let table: [(UInt32, UInt16, UInt16)] = [
        (0x0000_0000, 0x0000, 0x0000), (0x8000_0000, 0x8000, 0x8000), (0x3F80_0000, 0x3C00, 0x3F80),
        (0xBF80_0000, 0xBC00, 0xBF80), (0x3300_0000, 0x0000, 0x3300), (0x3300_0001, 0x0001, 0x3300),
        (0x32FF_FFFF, 0x0000, 0x3300), (0x3380_0000, 0x0001, 0x3380), (0x33C0_0000, 0x0002, 0x33C0),
        (0x33BF_FFFF, 0x0001, 0x33C0), (0x33C0_0001, 0x0002, 0x33C0), (0xB3C0_0000, 0x8002, 0xB3C0),
        (0x3880_0000, 0x0400, 0x3880), (0x387F_C000, 0x03FF, 0x3880), (0x387F_E000, 0x0400, 0x3880),
        (0x387F_FFFF, 0x0400, 0x3880), (0x387F_DFFF, 0x03FF, 0x3880), (0x477F_E000, 0x7BFF, 0x4780),
        (0x477F_EFFF, 0x7BFF, 0x4780), (0x477F_F000, 0x7C00, 0x4780), (0x477F_FFFF, 0x7C00, 0x4780),
        (0x4780_0000, 0x7C00, 0x4780), (0xC77F_F000, 0xFC00, 0xC780), (0x7F7F_FFFF, 0x7C00, 0x7F80),
        (0x7F7F_0000, 0x7C00, 0x7F7F), (0x7F7F_7FFF, 0x7C00, 0x7F7F), (0x7F7F_8000, 0x7C00, 0x7F80),
        (0x7F80_0000, 0x7C00, 0x7F80), (0xFF80_0000, 0xFC00, 0xFF80), (0x0000_0001, 0x0000, 0x0000),
        (0x007F_FFFF, 0x0000, 0x0080), (0x3F80_1000, 0x3C00, 0x3F80), (0x3F80_3000, 0x3C02, 0x3F80),
        (0x3F80_1001, 0x3C01, 0x3F80), (0x3F80_8000, 0x3C04, 0x3F80), (0x3F81_8000, 0x3C0C, 0x3F82),
        (0x3F80_8001, 0x3C04, 0x3F81), (0x4049_0FDB, 0x4248, 0x4049), (0xC02D_F854, 0xC170, 0xC02E),
        (0x3586_37BD, 0x0011, 0x3586),
    ]

    @Test func roundsAsPyTorchDoes() {
        for (bits, half, bfloat16) in Self.table {
            let number = Float(bitPattern: bits)
            #expect(number.halfBits == half, "\(number)")
            #expect(number.bfloat16Bits == bfloat16, "\(number)")
        }
    }

    @Test func notANumberStaysOne() {
        for bits: UInt32 in [0x7F80_0001, 0x7FC0_0000, 0x7FFF_FFFF, 0xFF80_0001, 0xFFFF_FFFF] {
            let number = Float(bitPattern: bits)
            #expect(number.halfBits & 0x7FFF > 0x7C00 && number.halfBits >> 15 == UInt16(bits >> 31))
            #expect(number.bfloat16Bits & 0x7FFF > 0x7F80 && number.bfloat16Bits >> 15 == UInt16(bits >> 31))
        }
    }

    /// Each number of the small types is itself, what lies between two of them goes to the nearer one, and halfway to the
    /// even one.
    @Test func everyNumberAndEveryMiddle() {
        let halves = ElementType.f16.doubles((0..<0x7C00).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
        for i in 0..<halves.count - 1 {
            let (low, high) = (halves[i], halves[i + 1])
            let middle = Float((low + high) / 2)
            let even = UInt16(i + i % 2)
            let results = [Float(low), middle, middle.nextDown, middle.nextUp, -middle].map(\.halfBits)
            #expect(results == [UInt16(i), even, UInt16(i), UInt16(i + 1), even | 0x8000])
        }
        for i in UInt32(0)..<0x7F7F {
            let middle = Float(bitPattern: i << 16 | 0x8000)
            let even = UInt16(i + i % 2)
            let results = [Float(bitPattern: i << 16), middle, middle.nextDown, middle.nextUp, -middle]
                .map(\.bfloat16Bits)
            #expect(results == [UInt16(i), even, UInt16(i), UInt16(i + 1), even | 0x8000])
        }
    }
}
