// JSON as Python's json module writes it with an indentation of two.

extension JSONValue {
    /// The value as text of several lines, members in their order.
    ///
    /// - Parameter depth: how many levels the value lies in.
    func text(depth: Int = 0) -> String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .double(let value): Self.text(value)
        case .string(let value): value.json
        case .array(let elements): Self.lines(elements.map { $0.text(depth: depth + 1) }, in: "[]", depth)
        case .object(let members):
            Self.lines(members.map { "\($0.key.json): \($0.value.text(depth: depth + 1))" }, in: "{}", depth)
        }
    }

    private static func lines(_ items: [String], in brackets: String, _ depth: Int) -> String {
        guard !items.isEmpty else { return brackets }
        let margin = String(repeating: "  ", count: depth)
        return "\(brackets.first!)\n" + items.map { "\(margin)  \($0)" }.joined(separator: ",\n")
            + "\n\(margin)\(brackets.last!)"
    }

    /// Python writes, and reads, names for what JSON has no numbers for.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    }
}

extension String {
    /// The text as a JSON string.
    var json: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
