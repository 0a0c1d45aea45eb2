import Foundation
import Testing

@testable import Checkpoint

/// What is found in files that a trainer may have saved, and in files that only look so.
@Suite struct TrainerFileTests {
    /// Runs `body` on a file of empty tensors.
    private static func withFile(_ names: [String], _ body: (_ path: String) throws -> Void) throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/model.safetensors"
            try SafetensorsWriter.write(names.map { .init(name: $0, shape: [0], values: []) }, to: path)
            try body(path)
        }
    }

    /// What is looked for ends with the ninth copy, whether the prefixes are apart or each ends with the one before.
    @Test func copiesAreBounded() throws {
        let marks = ["timestep_embed.weight", "net.0.main.0.weight"]
        let apart = (1000..<5000).map { "\($0)." }
        let nested = (1...500).map { String(repeating: "q.", count: $0) }
        for prefixes in [apart, nested] {
            try Self.withFile(prefixes.flatMap { prefix in marks.map { prefix + $0 } }) { path in
                let error = #expect(throws: CheckpointError.self) { try ModelDirectory(path) }
                guard case .severalPrefixes(path, let found) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(found.count == StateDict.maximumCopies + 1 && Set(found).isSubset(of: prefixes))
            }
            // A prefix without one of the marks is no copy.
            try Self.withFile(prefixes.map { $0 + marks[0] } + ["ema.a", "ema.b"]) { path in
                let file = try TrainerFile(try FileDescriptor(reading: path))
                #expect(try file.preferredCopy(with: marks) == nil)
                #expect(try file.preferredCopy(with: ["a", "b"])?.copy.others.count == prefixes.count)
            }
        }
    }

    /// As many copies as a file may hold: the average is taken, and tensors around all copies are told apart.
    @Test func averageAmongCopies() throws {
        let prefixes = (1..<StateDict.maximumCopies).map { "copy\($0)." } + ["my_ema."]
        try Self.withFile(prefixes.flatMap { [$0 + "a", $0 + "b"] } + ["xa", "step"]) { path in
            let file = try TrainerFile(try FileDescriptor(reading: path))
            let (copy, notes) = try #require(try file.preferredCopy(with: ["a", "b"]))
            #expect(copy.tensors.map(\.name) == ["a", "b"] && copy.others.map(\.name) == ["step", "xa"])
            #expect(notes.count == 2 && notes[0].contains("\"my_ema.\"") && notes[1].contains("2 tensors around"))
        }
    }

    /// The positive setting furthest out holds among those of one name, and the last one of a repeated key.
    @Test func settingFurthestOut() throws {
        typealias P = PickleBytes
        let inner = P.dictionary([("horizon", P.integer(64)), ("depth", P.integer(3))])
        let arguments = P.dictionary([
            ("horizon", P.integer(16)), ("horizon", P.integer(32)), ("inner", inner), ("rate", P.integer(-1)),
        ])
        let object = P.dictionary([("horizon", P.integer(0)), ("a", P.tensor()), ("arguments", arguments)])
        try Fixtures.withTemporaryFolder { folder in
            let bytes = P.legacy(object, keys: ["0"], storages: P.stored(2))
            try Data(bytes).write(to: URL(filePath: folder + "/file"))
            let file = try TrainerFile(try FileDescriptor(reading: folder + "/file"))
            #expect(file.integer(named: "horizon") == 32 && file.integer(named: "depth") == 3)
            #expect(file.integer(named: "rate") == nil)
        }
    }
}
