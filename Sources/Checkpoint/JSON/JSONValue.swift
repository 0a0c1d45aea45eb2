/// A JSON value as read: keys of objects in file order, duplicates kept, integers apart from other numbers.
package enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits an `Int`.
    case integer(Int)
    /// Any other number.
    case double(Double)
    /// A string, escapes resolved.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// An object: members in file order, duplicates included.
    case object([Member])

    package struct Member: Sendable, Equatable {
        /// The key, escapes resolved.
        package let key: String
        package let value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }
}

extension JSONValue {
    /// An integer or any other number.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value of `key` in an object, the last one where the key is repeated (as Python keeps it); else nil.
    ///
    /// - Complexity: O(members).
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// What an error message says was found: the value itself where it is short, else its kind.
    package var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): "the string \(value.quoted)"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension String {
    /// The text in quotation marks, on one line and cut after 80 scalars, so that a file cannot flood a message.
    package var quoted: String { "\"" + cut(80) + "\"" }

    /// The text on one line, cut after some scalars: a character may have any number of them.
    package func cut(_ count: Int) -> String {
        let cut = unicodeScalars.prefix(count)
        return String(cut).oneLine + (cut.endIndex < unicodeScalars.endIndex ? "…" : "")
    }

    /// The text with control characters written as escapes.
    package var oneLine: String {
        var line = ""
        for scalar in unicodeScalars {
            if scalar.value < 32 || (127..<160).contains(scalar.value) {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
