/// FNV-1a of 64 bits, for names and identifiers: the same on every machine, of no use against whoever wants two to be equal.
package struct FNV1a: Sendable {
    /// The hash of all bytes so far.
    package var value: UInt64 = 0xCBF2_9CE4_8422_2325

    package init() {}

    /// Adds a byte.
    @inlinable package mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// Adds a text, and its end.
    @inlinable package mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        value = (value ^ 0xFF) &* 0x100_0000_01B3
    }

    /// The hash as 16 hexadecimal digits.
    package var digits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
