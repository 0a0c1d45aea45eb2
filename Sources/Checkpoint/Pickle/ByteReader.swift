/// A file, or a part of one, read from front to back through a buffer.
struct ByteReader {
    let file: FileDescriptor
    /// The byte of the file that comes next.
    private(set) var position: Int
    /// The byte of the file at which reading must end.
    let end: Int
    private var buffer: [UInt8] = []
    private var next = 0

    private static let bufferBytes = 1 << 16

    /// - Parameter range: bytes of the file, within its size.
    init(_ file: FileDescriptor, _ range: Range<Int>) {
        self.file = file
        position = range.lowerBound
        end = range.upperBound
    }

    /// Bytes that are left.
    var remaining: Int { end - position }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        if next == buffer.count { try fill() }
        next += 1
        position += 1
        return buffer[next - 1]
    }

    /// A little-endian number of at most eight bytes; one beyond `Int.max` is an error.
    mutating func number(bytes count: Int) throws(CheckpointError) -> Int {
        var value: UInt64 = 0
        for i in 0..<count { value |= UInt64(try byte()) << UInt64(8 * i) }
        guard let number = Int(exactly: value) else { throw malformed("a length of \(value) bytes") }
        return number
    }

    mutating func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
        try require(count)
        var result: [UInt8] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try byte()) }
        return result
    }

    /// The bytes before the next line feed, which is stepped over; at most `limit`.
    mutating func line(limit: Int) throws(CheckpointError) -> [UInt8] {
        var result: [UInt8] = []
        while true {
            let byte = try byte()
            if byte == 0x0A { return result }
            guard result.count < limit else { throw malformed("a line of more than \(limit) bytes") }
            result.append(byte)
        }
    }

    mutating func skip(_ count: Int) throws(CheckpointError) {
        try require(count)
        let buffered = min(count, buffer.count - next)
        next += buffered
        position += count
        if buffered < count {
            buffer = []
            next = 0
        }
    }

    func malformed(_ problem: String) -> CheckpointError {
        .malformedPickle(file: file.path, offset: position, problem: problem)
    }

    private func require(_ count: Int) throws(CheckpointError) {
        guard count >= 0, count <= remaining else {
            throw malformed(
                "\(count) bytes were expected where \(remaining) are left; the file may be cut off; download it again")
        }
    }

    private mutating func fill() throws(CheckpointError) {
        try require(1)
        buffer = try file.bytes(min(remaining, Self.bufferBytes), at: position)
        next = 0
    }
}
