import Checkpoint

/// The part of JSON Schema (draft 2020-12) that the schema of reports uses. A member that the schema does not name is an
/// error: reports have no others.
struct JSONSchema {
    let root: JSONValue

    /// What is wrong with a value, a line each, by a definition of the schema.
    func problems(of value: JSONValue, as definition: String) -> [String] {
        guard let schema = root["$defs"]?[definition] else { return ["there is no definition \(definition)"] }
        return problems(value, schema, at: definition)
    }

    private func problems(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(path): the schema is no object"] }
        var found: [String] = []
        var isOpen = true
        var named: Set<String> = []
        for keyword in keywords {
            switch (keyword.key, keyword.value) {
            case ("description", _), ("title", _): break
            case ("$ref", .string(let reference)):
                let name = String(reference.dropFirst("#/$defs/".count))
                found += problems(of: value, as: name).map { "\(path) as \($0)" }
            case ("anyOf", .array(let choices)):
                let all = choices.map { problems(value, $0, at: path) }
                if !all.contains(where: \.isEmpty) { found += all.min { $0.count < $1.count } ?? [] }
            case ("type", .string(let type)):
                if !value.isOf(type) { found.append("\(path): \(value.summary) is no \(type)") }
            case ("type", .array(let types)):
                if !types.contains(where: { $0.text.map(value.isOf) ?? false }) {
                    found.append("\(path): \(value.summary) is of no type that is allowed")
                }
            case ("enum", .array(let values)):
                if !values.contains(value) { found.append("\(path): \(value.summary) is not one of the values") }
            case ("const", let constant):
                if value != constant { found.append("\(path): \(value.summary), expected \(constant.summary)") }
            case ("items", let item):
                guard case .array(let values) = value else { break }
                for (index, value) in values.enumerated() { found += problems(value, item, at: "\(path)[\(index)]") }
            case ("required", .array(let keys)):
                guard case .object = value else { break }
                for key in keys.compactMap(\.text) where value[key] == nil { found.append("\(path).\(key) is missing") }
            case ("properties", .object(let properties)):
                isOpen = false
                for property in properties {
                    named.insert(property.key)
                    guard let member = value[property.key] else { continue }
                    found += problems(member, property.value, at: "\(path).\(property.key)")
                }
            case ("patternProperties", .object(let patterns)):
                for pattern in patterns {
                    guard let regex = try? Regex(pattern.key) else { return ["\(path): \(pattern.key) is no pattern"] }
                    for member in value.members where member.key.contains(regex) {
                        named.insert(member.key)
                        found += problems(member.value, pattern.value, at: "\(path).\(member.key)")
                    }
                }
            case ("additionalProperties", let schema):
                isOpen = true
                for member in value.members where !named.contains(member.key) {
                    found += problems(member.value, schema, at: "\(path).\(member.key)")
                }
            default: found.append("\(path): the schema's \(keyword.key) is not understood")
            }
        }
        if !isOpen {
            found += value.members.filter { !named.contains($0.key) }.map { "\(path).\($0.key) is not in the schema" }
        }
        return found
    }
}

extension JSONValue {
    /// The members of an object; none of anything else.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The text of a string.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    fileprivate func isOf(_ type: String) -> Bool {
        switch (self, type) {
        case (.null, "null"), (.bool, "boolean"), (.integer, "integer"), (.integer, "number"), (.double, "number"),
            (.string, "string"), (.array, "array"), (.object, "object"):
            true
        default: false
        }
    }
}
