// Strings and numbers of JSON text.

extension JSONReader {
    /// A string from its opening quotation mark to past its closing one.
    mutating func string() throws(CheckpointError) -> String {
        position += 1
        var text = ""
        var start = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                try append(start..<position, to: &text)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                try append(start..<position, to: &text)
                position += 1
                text.unicodeScalars.append(try escape())
                start = position
            case 0..<0x20: throw malformed("a control character inside a string")
            default: position += 1
            }
        }
        throw malformed("the text ends inside a string")
    }

    private func append(_ range: Range<Int>, to text: inout String) throws(CheckpointError) {
        guard !range.isEmpty else { return }
        guard let piece = String(validating: bytes[range], as: UTF8.self) else {
            throw .malformedJSON(file: file, offset: range.lowerBound, problem: "a string that is not valid UTF-8")
        }
        text += piece
    }

    private mutating func escape() throws(CheckpointError) -> Unicode.Scalar {
        guard let byte = next else { throw malformed("the text ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\") {
                position += 1
                guard next == UInt8(ascii: "u") else { throw malformed("half of a surrogate pair") }
                position += 1
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw malformed("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw malformed("half of a surrogate pair") }
            return scalar
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(CheckpointError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            switch next {
            case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
                code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
            case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
                code = code << 4 | UInt32((byte | 0x20) - UInt8(ascii: "a") + 10)
            default: throw malformed("four hexadecimal digits were expected after \\u")
            }
            position += 1
        }
        return code
    }

    /// Digits a number may have; Python's own limit for integers is 4300.
    private static let longestNumber = 4096

    mutating func number() throws(CheckpointError) -> JSONValue {
        let start = position
        let negative = next == UInt8(ascii: "-")
        if negative { position += 1 }
        if negative, limits.pythonNumbers, next == UInt8(ascii: "I") {
            return try word("Infinity", .double(-.infinity))
        }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if position - start > Self.longestNumber { throw malformed("a number of more than 4096 digits") }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let double = Double(text) else { throw malformed("a number that cannot be read") }
        return .double(double)
    }

    private mutating func digits() throws(CheckpointError) {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        if position == start { throw malformed("a digit was expected") }
    }
}
