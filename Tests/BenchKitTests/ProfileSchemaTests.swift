@testable import BenchKit
import Checkpoint
import Foundation
@testable import Planning
import Testing

/// The JSON Schemas in Profiles/Schemas against what the readers take.
///
/// `UNET1D_UPDATE_SNAPSHOTS=1 swift test --filter ProfileSchemaTests` writes them anew, after a change of the settings.
@Suite struct ProfileSchemaTests {
    private static let profiles = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Profiles").path

    @Test(arguments: ["workload", "machine"]) func theSchemaIsTheReaders(name: String) throws {
        let text = (name == "workload" ? Self.workload : Self.machine).json() + "\n"
        let path = "\(Self.profiles)/Schemas/\(name).schema.json"
        if ProcessInfo.processInfo.environment["UNET1D_UPDATE_SNAPSHOTS"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    /// What the schemas call required is what the readers miss.
    @Test(arguments: ["Workloads/hopper-h32-b1.json", "Machines/zen5-2.json"])
    func aReaderMissesWhatIsRequired(file: String) throws {
        let bytes = Array(try Data(contentsOf: URL(filePath: "\(Self.profiles)/\(file)")))
        guard case .object(let members) = try JSONReader.read(bytes, file: file) else { return }
        let isMachine = file.hasPrefix("Machines")
        for member in members {
            let text = JSONValue.object(members.filter { $0.key != member.key }).text()
            let refused =
                isMachine
                ? (try? MachineProfile(Array(text.utf8), file: file)) == nil
                : (try? Profile(Array(text.utf8), name: file, file: nil)) == nil
            let required = isMachine || Profile.requiredKeys.contains(member.key) || member.key == "configuration"
            #expect(refused == required, "\(member.key)")
        }
    }

    private typealias Members = [(key: String, value: FieldValue)]

    private static let workload: FieldValue = {
        let values: [String: Members] = [
            "schema": [("const", .string(Profile.schema))],
            "name": text("what --profile takes and reports print"), "description": text("one sentence"),
            "configuration": [
                ("type", .string("object")), ("description", .string("the keys of diffusers' config.json")),
            ],
            "model": text("a folder or a file of weights, relative to this file's folder, or a repository's name"),
            "batch": integer(1, "items"), "length": integer(1, "positions of each item"),
            "timestep": [("type", .string("number")), ("description", .string("a tensor's number"))],
            "seed": integer(0, "of random weights and of the sample"),
            "options": [
                ("type", .string("object")), ("description", .string("defaults for the command's flags")),
                ("properties", .object(Setting.all.filter(\.isProfileOption).map { ($0.name, option($0)) })),
                ("additionalProperties", .bool(false)),
            ],
        ]
        let choice = ["configuration", "model"].map { FieldValue.object([("required", .array([.string($0)]))]) }
        return object(
            "A workload of unet1d-bench", Profile.keys.map { ($0, .object(values[$0] ?? [])) },
            required: Profile.requiredKeys, beside: [("oneOf", .array(choice))])
    }()

    private static let machine: FieldValue = {
        func number(_ field: MachineField) -> (key: String, value: FieldValue) {
            (
                field.key,
                .object([
                    ("type", .string(field.isWhole ? "integer" : "number")),
                    ("minimum", .number(field.range.lowerBound)), ("maximum", .number(field.range.upperBound)),
                ])
            )
        }
        let own: [String: FieldValue] = [
            "schema": .object([("const", .string(MachineProfile.schema))]),
            "name": .object([("type", .string("string")), ("pattern", .string("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"))]),
            "processor": .object(text("what was measured, in words")),
        ]
        let members: Members = MachineProfile.keys.map { key in
            let fields = MachineField.all.filter { $0.section == key }
            if let field = MachineField.all.first(where: { $0.section == nil && $0.key == key }) {
                return number(field)
            }
            if let value = own[key] { return (key, value) }
            return (key, object(nil, fields.map(number), required: fields.map(\.key)))
        }
        return object("A machine profile of unet1d-bench", members, required: MachineProfile.keys)
    }()

    private static func object(
        _ title: String?, _ properties: Members, required: [String], beside others: Members = []
    ) -> FieldValue {
        var members: Members = []
        if let title {
            members += [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")), ("title", .string(title)),
            ]
        }
        members += [
            ("type", .string("object")), ("properties", .object(properties)),
            ("required", .array(required.map { FieldValue.string($0) })),
        ]
        return .object(members + others + [("additionalProperties", .bool(false))])
    }

    private static func text(_ description: String) -> Members {
        [("type", .string("string")), ("minLength", .integer(1)), ("description", .string(description))]
    }

    private static func integer(_ minimum: Int, _ description: String) -> Members {
        [("type", .string("integer")), ("minimum", .integer(minimum)), ("description", .string(description))]
    }

    private static func option(_ setting: Setting) -> FieldValue {
        let type: FieldValue =
            switch setting.kind {
            case .integer: .string("integer")
            case .number: .string("number")
            case .text: .string("string")
            case .textOrInteger: .array([.string("string"), .string("integer")])
            case .truth: .string("boolean")
            }
        return .object([("type", type), ("description", .string(setting.help))])
    }
}
