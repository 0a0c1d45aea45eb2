@testable import BenchKit
import Checkpoint

/// Makes the schema of reports from the declarations of their fields. What people write, descriptions above all, is taken
/// from the schema as it is.
struct SchemaMaker {
    private let old: JSONValue
    private var definitions: [JSONValue.Member] = []

    /// Keywords that follow from declarations.
    private static let made: Set<String> = ["type", "items", "anyOf", "$ref", "properties", "required"]
    /// JSON lines have it elsewhere.
    private static let optional: Set<String> = ["samples_ms"]
    /// Definitions that no declaration has: the two lines of JSON lines.
    private static let written = ["ForwardLine", "RunLine"]

    init(old: JSONValue) { self.old = old }

    /// The whole schema of reports of some shapes.
    mutating func schema(_ shapes: [FieldShape]) -> JSONValue {
        definitions = []
        let choices =
            shapes.map { JSONValue.object(inner($0, old: nil)) }
            + Self.written.map { .object([.init(key: "$ref", value: .string("#/$defs/\($0)"))]) }
        for name in Self.written {
            definitions.append(.init(key: name, value: old["$defs"]?[name] ?? described([], old: nil)))
        }
        return .object([
            .init(key: "$schema", value: .string("https://json-schema.org/draft/2020-12/schema")),
            .init(key: "title", value: .string("Reports of unet1d-bench")),
            .init(key: "description", value: old["description"] ?? .string("")),
            .init(key: "anyOf", value: .array(choices)), .init(key: "$defs", value: .object(definitions)),
        ])
    }

    /// The keywords of a shape.
    private mutating func inner(_ shape: FieldShape, old: JSONValue?) -> [JSONValue.Member] {
        func type(_ name: String) -> [JSONValue.Member] { [.init(key: "type", value: .string(name))] }
        switch shape {
        case .any: return old?.members.filter { $0.key != "description" } ?? []
        case .bool: return type("boolean")
        case .integer: return type("integer")
        case .number: return type("number")
        case .string: return type("string")
        case .list(let element):
            return type("array") + [.init(key: "items", value: .object(inner(element, old: old?["items"])))]
        case .nullable(.any): return inner(.any, old: old)
        case .nullable(let wrapped):
            var members = inner(wrapped, old: old)
            if let index = members.firstIndex(where: { $0.key == "type" }) {
                members[index] = .init(key: "type", value: .array([members[index].value, .string("null")]))
                return members
            }
            return [.init(key: "anyOf", value: .array([.object(members), .object(type("null"))]))]
        case .object(let name?, let members):
            define(name, members)
            return [.init(key: "$ref", value: .string("#/$defs/\(name)"))]
        case .object(nil, let members): return object(members, old: old)
        }
    }

    private mutating func define(_ name: String, _ members: [FieldShape.Member]) {
        if definitions.contains(where: { $0.key == name }) { return }
        let index = definitions.count
        definitions.append(.init(key: name, value: .null))
        let old = old["$defs"]?[name]
        definitions[index] = .init(key: name, value: described(object(members, old: old), old: old))
    }

    private mutating func object(_ members: [FieldShape.Member], old: JSONValue?) -> [JSONValue.Member] {
        let properties = members.map { member in
            let old = old?["properties"]?[member.key]
            return JSONValue.Member(key: member.key, value: described(inner(member.shape, old: old), old: old))
        }
        let required = members.map(\.key).filter { !Self.optional.contains($0) }
        return [
            .init(key: "type", value: .string("object")),
            .init(key: "required", value: .array(required.map { .string($0) })),
            .init(key: "properties", value: .object(properties)),
        ]
    }

    /// Keywords, with what people wrote.
    private func described(_ members: [JSONValue.Member], old: JSONValue?) -> JSONValue {
        let keys = Set(members.map(\.key))
        let kept = (old?.members ?? []).filter {
            $0.key != "description" && !Self.made.contains($0.key) && !keys.contains($0.key)
        }
        let description = JSONValue.Member(key: "description", value: old?["description"] ?? .string(""))
        return .object([description] + members + kept)
    }
}
