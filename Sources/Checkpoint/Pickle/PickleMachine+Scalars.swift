/// Texts and numbers.
extension PickleMachine {
    mutating func checkProtocol() throws(CheckpointError) {
        let version = try reader.byte()
        guard version <= 5 else { throw malformed("pickle protocol \(version), where 5 is the newest known") }
    }

    func text(_ bytes: [UInt8]) -> PickleHeap.Value {
        String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .skipped
    }

    mutating func pushText(bytes count: Int) throws(CheckpointError) {
        if count > Self.maximumText {
            try reader.skip(count)
            return try push(.skipped)
        }
        try push(text(try reader.bytes(count)))
    }

    mutating func skipBytes(lengthBytes: Int) throws(CheckpointError) {
        try reader.skip(try reader.number(bytes: lengthBytes))
        try push(.skipped)
    }

    /// A little-endian two's complement number; one beyond 64 bits is skipped.
    mutating func long(bytes count: Int) throws(CheckpointError) -> PickleHeap.Value {
        guard count <= 8 else {
            try reader.skip(count)
            return .skipped
        }
        var value: Int64 = 0
        for i in 0..<count { value |= Int64(try reader.byte()) << Int64(8 * i) }
        let unused = Int64(64 - 8 * count)
        return .integer(count == 0 ? 0 : Int((value << unused) >> unused))
    }

    mutating func decimal() throws(CheckpointError) -> Int {
        let text = String(decoding: try reader.line(limit: 20), as: UTF8.self)
        guard let value = Int(text), value >= 0 else { throw malformed("\(text.quoted) as a number of a value") }
        return value
    }

    /// I01 and I00 are truths.
    mutating func integerLine() throws(CheckpointError) -> PickleHeap.Value {
        let text = String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self)
        switch text {
        case "01": return .bool(true)
        case "00": return .bool(false)
        default: return Int(text).map { .integer($0) } ?? .skipped
        }
    }

    mutating func longLine() throws(CheckpointError) -> PickleHeap.Value {
        let text = String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self)
        return Int(text.hasSuffix("L") ? String(text.dropLast()) : text).map { .integer($0) } ?? .skipped
    }
}
