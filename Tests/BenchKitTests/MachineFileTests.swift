@testable import BenchKit
import Checkpoint
import Foundation
import Testing
import UNet1D

/// Files of machine profiles, and `--machine`.
@Suite struct MachineFileTests {
    /// A machine like no other: every number differs from the built-in one.
    private static let example: MachineProfile = {
        var machine = MachineProfile.builtIn
        machine.name = "example-4"
        machine.processor = "Example \"Nine\" 9000"
        for field in MachineField.all {
            let value = field.value(in: machine)
            field.set(field.isWhole ? value + 1 : value * 1.0625, in: &machine)
        }
        return machine
    }()

    private static func text(_ found: String, _ replacement: String) -> String {
        let text = example.text
        precondition(text.contains(found), found)
        return text.replacing(found, with: replacement)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.example.text, to: "example-4.json")
        #expect(try MachineProfile(file: path) == Self.example)
        #expect(try MachineProfile(Array(MachineProfile.builtIn.text.utf8), file: "built-in") == .builtIn)
    }

    @Test(arguments: [
        ("{", "not valid JSON"), ("[]", "expected an object"), ("{}", "schema is missing"),
        (text("unet1d-machine/1", "unet1d-machine/9"), "schema is \"unet1d-machine/9\""),
        (text("\"name\": \"example-4\"", "\"name\": \"../x\""), "name is \"../x\""),
        (text("\"name\": \"example-4\"", "\"name\": 4"), "name is 4"),
        (text("\"processor\"", "\"prozessor\""), "did you mean processor?"),
        (text("\"cores\": 2", "\"cores\": 0"), ":5: cores is 0, expected a whole number from 1"),
        (text("\"cores\": 2", "\"cores\": 2, \"cores\": 2"), "twice"),
        (text("\"row_block\": 97", "\"row_block\": 1.5"), "tiles.row_block is 1.5, expected a whole number from 12"),
        (text("\"row_block\": 97, ", ""), "tiles.row_block is missing"),
        (text("\"row_block\": 97", "\n\"row_blok\": 97"), ":12: unknown key tiles.row_blok; did you mean row_block?"),
        (text("\"transforms\": 42.5", "\"transforms\": \"much\""), "winograd.transforms is \"much\""),
        (text("\"transforms\": 42.5", "\"transforms\": NaN"), "winograd.transforms is nan"),
        (text("\"winograd\": {\"transforms\": 42.5}", "\"winograd\": 1"), "winograd is 1, expected an object"),
        (text("\"transforms\": 42.5", "\"transforms\": \"\\n\""), "winograd.transforms is \"\\n\""),
        (text("\"name\": \"example-4\"", "\"name\": \"a\\nb\""), "name is \"a\\nb\""),
        (text("\"processor\"", "\"a\\nb\""), "unknown key a\\nb"),
        (text("\"processor\"", "\"e\(String(repeating: "\u{301}", count: 9000))\""), "unknown key"),
    ])
    func badFilesAreRefusedWithTheFileAndTheField(text: String, mention: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "bad.json")
        let error = #expect(throws: BenchError.self) { try MachineProfile(file: path) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains(path) && message.contains(mention), "\(message)")
        #expect(!message.contains("\n") && message.utf8.count < 4096, "\(message)")
    }

    @Test func theSchemaIsDocumented() throws {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Profiles/Machines/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        for key in MachineField.all.flatMap({ [$0.section, $0.key] }).compactMap(\.self) {
            #expect(text.contains("`\(key)`"), "\(key)")
        }
    }

    @Test(arguments: MachineField.all.indices)
    func everyFieldHasItsRange(index: Int) throws {
        let field = MachineField.all[index]
        let member = "\"\(field.key)\": \(FieldValue.number(field.value(in: Self.example)).json())"
        let above = "\"\(field.key)\": \(FieldValue.number(field.range.upperBound * 2).json())"
        let error = #expect(throws: BenchError.self) {
            try MachineProfile(Array(Self.text(member, above).utf8), file: "bad.json")
        }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("bad.json:") && message.contains(field.expected), "\(message)")
    }

    @Test func aMachineIsFoundAsAWorkloadIs() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.example.text, to: "root/Profiles/Machines/example-4.json")
        try folder.write("{}", to: "root/Profiles/Workloads/none.json")
        let above = ProfileLibrary(environment: [:], executable: folder.path + "/root/.build/debug/unet1d-bench")
        #expect(try above.machine("example-4") == Self.example)
        #expect(try above.machine(path) == Self.example)
        #expect(try above.machine("built-in") == .builtIn)
        try folder.write(Self.text("\"cores\": 2", "\"cores\": 3"), to: "env/Machines/example-4.json")
        let environment = ProfileLibrary(
            environment: ["UNET1D_PROFILES": folder.path + "/env"],
            executable: folder.path + "/root/.build/debug/unet1d-bench")
        #expect(try environment.machine("example-4").cores == 3)
        let error = #expect(throws: BenchError.self) { try above.machine("nope") }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("nope") && message.contains("built-in, example-4"), "\(message)")
    }

    @Test func theCommandTakesAMachine() throws {
        let folder = try TemporaryFolder()
        var machine = Self.example
        machine.winogradTransforms = 10_000
        try folder.write(machine.text, to: "Machines/example-4.json")
        let environment = ["UNET1D_PROFILES": folder.path]
        func plan(_ arguments: [String]) throws -> JSONValue {
            let command = try Command(["plan", "--format", "json"] + arguments, environment: environment)
            #expect(command.status == 0, "\(command.errors)")
            return try JSONReader.read(Array(command.output.utf8), file: "plan")
        }
        let usual = try plan([])
        #expect(usual["machine"] == .string("built-in"))
        #expect(try plan(["--machine", "built-in"])["plan_id"] == usual["plan_id"])
        let other = try plan(["--machine", "example-4"])
        #expect(other["machine"] == .string("example-4"))
        #expect(other["plan_id"] != usual["plan_id"])
        #expect(try plan(["--machine", folder.path + "/Machines/example-4.json"])["plan_id"] == other["plan_id"])

        // An option of a workload, beside whose file a relative path begins.
        for option in ["example-4", "./Machines/example-4.json"] {
            let workload = try folder.write(
                """
                {"schema": "unet1d-workload/1", "name": "own", "description": "Own.", "batch": 1, "length": 8192,
                 "timestep": 0.5, "seed": 1, "configuration": {"extra_in_channels": 16},
                 "options": {"machine": "\(option)"}}
                """, to: "own.json")
            #expect(try plan(["--profile", workload])["machine"] == .string("example-4"))
            #expect(try plan(["--profile", workload, "--machine", "built-in"])["machine"] == .string("built-in"))
        }
        try folder.write("{}", to: "Machines/broken.json")
        try Command(["plan", "--machine", "broken"], environment: environment).expectFailure(mention: "broken.json")
    }
}
