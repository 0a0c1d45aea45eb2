import Foundation
import Testing

@testable import Checkpoint

/// Folders of checkpoints that the tests read, shared with those of other modules.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    /// Malformed, unusual and hostile checkpoints.
    static let bad = folder.appending(path: "bad")
    /// Checkpoints as diffusers saves them.
    static let visible = folder.appending(path: "visible")

    /// Habits that people publish, by the version of diffusers that made them.
    static let found = folder.appending(path: "found")
    /// Published configurations with inputs and outputs, without weights.
    static let portable = folder.appending(path: "portable")

    /// A case of a manifest; fields that only one of the manifests has are optional.
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let dir: String
        let should: String?
        let expect: String?
        let stage: String?
        let io: String?

        var testDescription: String { name }
    }

    static func cases(_ folder: URL) -> [Case] {
        struct Manifest: Decodable { let cases: [Case] }
        do {
            return try JSONDecoder().decode(
                Manifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json"))
            ).cases
        } catch {
            preconditionFailure("\(folder.path())/manifest.json: \(error)")
        }
    }

    /// A model folder, opened, or why not.
    static func open(_ folder: String) -> Result<ModelFiles, CheckpointError> {
        do {
            return .success(try ModelDirectory(folder).open())
        } catch {
            return .failure(error)
        }
    }

    /// A folder that exists while `body` runs.
    static func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "checkpoint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path(percentEncoded: false))
    }
}

extension CheckpointError {
    /// What every message must be: one line that begins with where the problem is.
    var isOneGoodLine: Bool { description.contains(": ") && !description.contains("\n") && description.count < 4096 }
}

/// Numbers that are the same in every run. Source: SplitMix64, Steele, Lea, Flood 2014.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
