import Checkpoint
import Planning

extension ModelInspection: ReportRecord {
    /// Schema `unet1d-inspection/1`.
    public static var fields: [Field<ModelInspection>] {
        [
            Field("schema") { _ in "unet1d-inspection/1" },
            Field("model", \.model),
            Field("folder", \.folder),
            Field("runs", \.runs),
            Field("problems", \.problems),
            Field("parameters", \.parameters),
            Field("lengths") { $0.lengths?.first },
            Field("length_step") { $0.lengths?.step },
            Field("configuration") { inspection in
                inspection.configuration.map { configuration in
                    FieldValue.object(configuration.fields.map { ($0.key, FieldValue($0.value)) })
                }
            },
            Field("blocks", \.blocks),
            Field("weights", \.weightsPath),
            Field("element_types", \.elementTypes),
            Field("missing") { $0.fit?.missing.map(\.name) },
            Field("misshapen") { inspection in
                inspection.fit?.misshapen.map { tensor in
                    FieldValue.object([
                        ("name", tensor.name.fieldValue), ("found", tensor.found.fieldValue),
                        ("expected", tensor.expected.fieldValue),
                    ])
                }
            },
            Field("unexpected") { $0.fit?.unexpected.map(\.name) },
            Field("non_finite", \.nonFinite),
            Field("notes", \.notes),
        ]
    }
}

extension FieldValue {
    /// A value that was read.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.map { FieldValue($0) })
        case .object(let members): self = .object(members.map { ($0.key, FieldValue($0.value)) })
        }
    }
}

extension ModelInspection.Block: ReportRecord {
    static var fields: [Field<Self>] { [Field("name", \.name), Field("parameters", \.parameters)] }
}

extension ModelInspection.ElementTypeCount: ReportRecord {
    static var fields: [Field<Self>] {
        [Field("type", \.type.name), Field("tensors", \.tensors), Field("bytes", .bytes, \.bytes)]
    }
}

extension ModelInspection.NonFinite: ReportRecord {
    static var fields: [Field<Self>] {
        [Field("name", \.name), Field("count", \.count), Field("elements", \.elements)]
    }
}
