// JSON text, laid out and escaped as Python's json module does it with an indentation of two.

extension JSONValue {
    /// The value as text of several lines, members in their order.
    package func text() -> String {
        var text = ""
        write(to: &text, depth: 0)
        return text
    }

    /// Appends the value.
    ///
    /// - Parameter depth: how many levels the value lies in.
    private func write(to text: inout String, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .double(let value): text += Self.text(value)
        case .string(let value): text += value.json
        case .array(let elements):
            Self.write(elements, in: ("[", "]"), to: &text, depth) { element, text in
                element.write(to: &text, depth: depth + 1)
            }
        case .object(let members):
            Self.write(members, in: ("{", "}"), to: &text, depth) { member, text in
                text += member.key.json + ": "
                member.value.write(to: &text, depth: depth + 1)
            }
        }
    }

    /// Appends items, each on a line of its own.
    private static func write<Item>(
        _ items: [Item], in brackets: (open: String, close: String), to text: inout String, _ depth: Int,
        item: (Item, inout String) -> Void
    ) {
        text += brackets.open
        let margin = "\n" + String(repeating: "  ", count: depth)
        for (i, element) in items.enumerated() {
            text += (i == 0 ? "" : ",") + margin + "  "
            item(element, &text)
        }
        text += (items.isEmpty ? "" : margin) + brackets.close
    }

    /// Python writes, and reads, names for what JSON has no numbers for.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    }
}

extension String {
    /// The text as a JSON string in ASCII.
    var json: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                // Two units, a surrogate pair, beyond the first 65536 scalars.
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return result + "\""
    }
}
