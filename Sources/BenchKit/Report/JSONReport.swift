/// Reports for programs. Keys are added, never renamed; figures that are not known are null.
public struct JSONReport: ReportWriter {
    /// A writer.
    public init() {}

    /// One object with every field.
    public func text(_ report: some PrintedReport) -> String { report.fieldValue.json() + "\n" }
}

extension FieldValue {
    /// JSON: lists and objects of plain values on one line, others with a line for each member. NaN and infinities are
    /// null.
    func json(indent: String = "") -> String {
        switch self {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .number(let value):
            if !value.isFinite { return "null" }
            // Whole numbers without exponent or fraction.
            return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        case .string(let value): return Self.quoted(value)
        case .array(let values):
            return Self.group("[", "]", values.map { ("", $0) }, indent)
        case .object(let members):
            return Self.group("{", "}", members.map { (Self.quoted($0.key) + ": ", $0.value) }, indent)
        }
    }

    /// JSON on one line without spaces.
    var compactJSON: String {
        switch self {
        case .array(let values): "[" + values.map(\.compactJSON).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ":" + $0.value.compactJSON }.joined(separator: ",") + "}"
        default: json()
        }
    }

    /// Whether it stays on its parent's line: plain values, and shapes.
    private var isScalar: Bool {
        switch self {
        case .array(let values): values.count <= 4 && values.allSatisfy(\.isScalar)
        case .object: false
        default: true
        }
    }

    private static func group(
        _ open: String, _ close: String, _ members: [(prefix: String, value: FieldValue)], _ indent: String
    ) -> String {
        if members.allSatisfy({ $0.value.isScalar }), !(open == "{" && indent.isEmpty) {
            return open + members.map { $0.prefix + $0.value.json() }.joined(separator: ", ") + close
        }
        let inner = indent + "  "
        let lines = members.map { inner + $0.prefix + $0.value.json(indent: inner) }
        return open + "\n" + lines.joined(separator: ",\n") + "\n" + indent + close
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
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
