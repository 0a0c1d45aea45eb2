/// Numbers from an input, a byte each; zeros after its end.
struct Choices: RandomNumberGenerator {
    let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The highest byte decides a number of a small range. The rest of it is such that no range draws twice.
    mutating func next() -> UInt64 {
        defer { position += 1 }
        return UInt64(position < bytes.count ? bytes[position] : 0) << 56 | 1 << 55
    }

    /// One of some values.
    mutating func one<Value>(of values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &self)] }
}
