/// Takes the elements of a tensor, some at a time, and writes them to a file as the type that is saved.
package final class TensorSink {
    /// The type that is written.
    package let type: WeightType
    private let file: PendingFile
    /// Bytes written.
    private(set) var bytes = 0
    /// Finite numbers that became infinite.
    private(set) var overflows = 0

    init(_ file: PendingFile, as type: WeightType) {
        self.file = file
        self.type = type
    }

    /// Writes numbers, rounded to the nearest of the type, ties to the even one. Allocates; blocks on the disk.
    ///
    /// - Throws: `CheckpointError.cannotWrite`.
    package func write(_ numbers: Span<Float>) throws(CheckpointError) {
        // Float and UInt16 have no padding: all their bytes may be read.
        guard type != .f32 else { return try unsafe write(stored: numbers.bytes) }
        var rounded: [UInt16] = []
        rounded.reserveCapacity(numbers.count)
        // Both types have infinity where all bits of their exponent are set.
        let infinity: UInt16 = type == .f16 ? 0x7C00 : 0x7F80
        for i in numbers.indices {
            let number = numbers[i]
            let bits = type == .f16 ? number.halfBits : number.bfloat16Bits
            if bits & 0x7FFF == infinity && number.isFinite { overflows += 1 }
            rounded.append(bits)
        }
        try unsafe write(stored: rounded.span.bytes)
    }

    /// Writes elements that are of the type already, little-endian. Blocks on the disk.
    ///
    /// - Throws: `CheckpointError.cannotWrite`.
    package func write(stored elements: RawSpan) throws(CheckpointError) {
        try file.write(elements)
        bytes += elements.byteCount
    }
}
