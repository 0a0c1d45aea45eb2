/// A bounded reader of JSON text (RFC 8259), for files from outside.
///
/// Strict UTF-8, no recursion beyond `Limits.depth`, no more than `Limits.values` values in memory, linear time. It keeps
/// what readers differ on for the caller to decide: duplicate keys stay, integers stay exact.
package struct JSONReader {
    /// What a file may ask of the reader.
    package struct Limits: Sendable {
        /// Levels of nested lists and objects.
        package var depth: Int
        /// Values in all, which bounds the memory of the result.
        package var values: Int
        /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python's reader has it.
        package var pythonNumbers: Bool

        /// Limits of one kind of file.
        package init(depth: Int, values: Int, pythonNumbers: Bool) {
            self.depth = depth
            self.values = values
            self.pythonNumbers = pythonNumbers
        }

        /// A configuration or a profile.
        package static let configuration = Limits(depth: 256, values: 200_000, pythonNumbers: true)
        /// The header of a safetensors file; a tensor takes nine values.
        package static let safetensors = Limits(depth: 64, values: 2_000_000, pythonNumbers: false)
    }

    let bytes: [UInt8]
    let file: String
    let limits: Limits
    var position = 0
    var values = 0

    /// Reads one value, with nothing but white space around it.
    ///
    /// - Parameters:
    ///   - bytes: the text, UTF-8 without byte order mark.
    ///   - file: the name that errors mention.
    /// - Throws: `CheckpointError.malformedJSON` with the byte offset of the problem.
    /// - Complexity: O(bytes).
    package static func read(
        _ bytes: [UInt8], file: String, limits: Limits = .configuration
    ) throws(CheckpointError) -> JSONValue {
        var reader = JSONReader(bytes: bytes, file: file, limits: limits)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        if reader.position < bytes.count { throw reader.malformed("more text after the end of the value") }
        return value
    }

    init(bytes: [UInt8], file: String, limits: Limits) {
        self.bytes = bytes
        self.file = file
        self.limits = limits
    }

    // MARK: - Values

    mutating func value(depth: Int) throws(CheckpointError) -> JSONValue {
        values += 1
        if values > limits.values { throw malformed("more than \(limits.values) values") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try elements(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where limits.pythonNumbers: return try word("NaN", .double(.nan))
        case UInt8(ascii: "I") where limits.pythonNumbers: return try word("Infinity", .double(.infinity))
        case UInt8(ascii: "-"): return try number()
        case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return try number()
        case nil: throw malformed("the text ends where a value was expected")
        default: throw malformed("a value was expected")
        }
    }

    private mutating func members(depth: Int) throws(CheckpointError) -> [JSONValue.Member] {
        try enter(depth)
        var members: [JSONValue.Member] = []
        if skip(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw malformed("a key in quotation marks was expected") }
            let key = try string()
            guard skip(UInt8(ascii: ":")) else { throw malformed("a colon was expected after a key") }
            members.append(JSONValue.Member(key: key, value: try value(depth: depth)))
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw malformed("a comma or } was expected") }
        return members
    }

    private mutating func elements(depth: Int) throws(CheckpointError) -> [JSONValue] {
        try enter(depth)
        var elements: [JSONValue] = []
        if skip(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value(depth: depth)) } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw malformed("a comma or ] was expected") }
        return elements
    }

    private mutating func enter(_ depth: Int) throws(CheckpointError) {
        if depth > limits.depth { throw malformed("nested deeper than \(limits.depth) levels") }
        position += 1
    }

    // MARK: - Bytes

    /// The byte at the position, nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// Steps over white space and then `byte`, if it is there.
    mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func word(_ word: StaticString, _ value: JSONValue) throws(CheckpointError) -> JSONValue {
        for byte in "\(word)".utf8 {
            guard next == byte else { throw malformed("\(word) was expected") }
            position += 1
        }
        return value
    }

    func malformed(_ problem: String) -> CheckpointError {
        .malformedJSON(file: file, offset: position, problem: problem)
    }
}
