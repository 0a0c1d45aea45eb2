import Foundation
import Testing

@testable import Checkpoint

/// One model in every format that weights are published in, made by the real torch: the same numbers.
@Suite struct FormatTests {
    private static let folder = Fixtures.folder.appending(path: "formats")
    private static func path(_ name: String) -> String { folder.appending(path: name).path() }

    /// The tensors of a folder as numbers, by name.
    private static func numbers(_ files: ModelFiles) throws -> [String: [Double]] {
        var numbers: [String: [Double]] = [:]
        for expected in files.expectedTensors {
            let tensor = try files.tensors.tensor(named: expected.name)
            #expect(tensor.shape == expected.shape)
            numbers[expected.name] = tensor.elementType.doubles(try files.tensors.bytes(of: tensor))
        }
        return numbers
    }

    /// Folders, the variant to ask for, and what the note on them says.
    @Test(arguments: [
        ("zip", nil, ""), ("zip-protocol4", nil, ""), ("legacy", nil, ""), ("parameters", nil, ""), ("half", nil, ""),
        ("bfloat16", nil, ""), ("bfloat16-legacy", nil, ""), ("double", nil, ""), ("views", nil, ""),
        ("views-legacy", nil, ""), ("shards", nil, ""), ("shards-bin", nil, ""), ("shards-variant", "fp16", ""),
        ("variants", "fp16", ""), ("variants", "10000", ""), ("float8", nil, ""), ("float8-e5m2", nil, ""),
        ("data-parallel", nil, "\"module.\" was removed from the tensors' names; torch.nn.DataParallel leaves it"),
        ("compiled", nil, "\"_orig_mod.\" was removed from the tensors' names; torch.compile leaves it"),
        ("nested", nil, ""), ("other-name", nil, "pytorch_model.bin: weights of this name are loaded"),
    ])
    func sameNumbers(name: String, variant: String?, note: String) throws {
        let reference = try Self.numbers(try ModelDirectory(Self.path("safetensors")).open())
        #expect(reference.count > 40)
        let files = try ModelDirectory(Self.path(name), lookup: ModelLookup(variant: variant)).open()
        #expect(try Self.numbers(files) == reference)
        #expect(
            note.isEmpty ? files.notes.isEmpty : files.notes.count == 1 && files.notes[0].contains(note),
            "\(files.notes)")
    }

    @Test func variantsAreNamed() throws {
        let path = Self.path("variants")
        #expect(throws: CheckpointError.onlyVariants(folder: path, variants: ["10000", "fp16"])) {
            try ModelDirectory(path).open()
        }
        #expect(
            throws: CheckpointError.noVariant(folder: path, variant: "bf16", others: ["10000", "fp16"], plain: nil)
        ) { try ModelDirectory(path, lookup: ModelLookup(variant: "bf16")).open() }
        let shards = Self.path("shards-variant")
        #expect(throws: CheckpointError.onlyVariants(folder: shards, variants: ["fp16"])) {
            try ModelDirectory(shards).open()
        }
        let plain = Self.path("zip")
        #expect(
            throws: CheckpointError.noVariant(
                folder: plain, variant: "fp16", others: [], plain: "diffusion_pytorch_model.bin")
        ) { try ModelDirectory(plain, lookup: ModelLookup(variant: "fp16")).open() }
    }

    // MARK: - Shards

    private static func withShards(
        _ edit: (_ folder: String) throws -> Void, _ body: (CheckpointError) throws -> Void
    ) throws {
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/model"
            try FileManager.default.copyItem(atPath: Self.path("shards"), toPath: folder)
            try edit(folder)
            let error = #expect(throws: CheckpointError.self) { try ModelDirectory(folder).open() }
            let found = try #require(error)
            #expect(found.isOneGoodLine)
            try body(found)
        }
    }

    private static func editIndex(_ folder: String, _ edit: (String) -> String) throws {
        let path = folder + "/diffusion_pytorch_model.safetensors.index.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try edit(text).write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static let second = "diffusion_pytorch_model-00002-of-00002.safetensors"

    @Test func shardsThatAreMissing() throws {
        try Self.withShards {
            try FileManager.default.removeItem(atPath: $0 + "/" + Self.second)
        } _: {
            #expect($0.description.contains("download all the shards"))
        }
    }

    /// Whatever an index says, no file outside the folder is opened.
    @Test(arguments: ["../\(second)", "/etc/hostname", "sub/../../\(second)"])
    func namesThatLeadOut(name: String) throws {
        try Self.withShards { folder in
            try FileManager.default.copyItem(
                atPath: folder + "/" + Self.second, toPath: folder + "/../" + Self.second)
            try Self.editIndex(folder) { $0.replacing(Self.second, with: name) }
        } _: { error in
            guard case .outsideFolder(_, name, nil, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func linksThatLeadOut() throws {
        try Self.withShards { folder in
            let inside = folder + "/" + Self.second
            try FileManager.default.moveItem(atPath: inside, toPath: folder + "/../elsewhere")
            try FileManager.default.createSymbolicLink(atPath: inside, withDestinationPath: "../elsewhere")
        } _: { error in
            guard case .outsideFolder(_, Self.second, .some, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    /// A link within the folder is followed.
    @Test func linksWithin() throws {
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/model"
            try FileManager.default.copyItem(atPath: Self.path("shards"), toPath: folder)
            try FileManager.default.moveItem(atPath: folder + "/" + Self.second, toPath: folder + "/data")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/" + Self.second, withDestinationPath: "data")
            _ = try ModelDirectory(folder).open()
        }
    }

    /// A pipeline's folder of the model may be no link to elsewhere.
    @Test(arguments: [nil, "unet"]) func subfoldersThatLeadOut(subfolder: String?) throws {
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/pipeline"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: Self.path("zip"), toPath: parent + "/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: folder + "/unet", withDestinationPath: "../elsewhere")
            let error = #expect(throws: CheckpointError.self) {
                try ModelDirectory(folder, lookup: ModelLookup(subfolder: subfolder))
            }
            guard case .outsideFolder(_, "unet", .some, _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // Whoever names the link itself means the folder that it leads to.
            _ = try ModelDirectory(folder + "/unet").open()
        }
    }

    @Test func indicesThatAreWrong() throws {
        try Self.withShards {
            try Self.editIndex($0) { $0.replacing("mid_block", with: "middle") }
        } _: {
            #expect($0.description.contains("where the index says it is"))
        }
        try Self.withShards {
            try Self.editIndex($0) { _ in #"{"weight_map": []}"# }
        } _: {
            #expect($0.description.contains("weight_map"))
        }
        try Self.withShards {
            try Self.editIndex($0) { _ in #"{"weight_map": {"x": 3}}"# }
        } _: {
            #expect($0.description.contains("weight_map.x is 3"))
        }
    }

    /// A file has one name, however the index writes it: an index cannot have it read any number of times.
    @Test func oneFileUnderSeveralNames() throws {
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/model"
            try FileManager.default.copyItem(atPath: Self.path("shards"), toPath: folder)
            try Self.editIndex(folder) { text in
                var parts = text.components(separatedBy: Self.second)
                let last = parts.removeLast()
                return parts.joined(separator: Self.second) + ".//./" + Self.second + last
            }
            let files = try ModelDirectory(folder).open()
            #expect(Set(files.tensors.tensors.map(\.file)).count == 2)
        }
    }

    @Test func eightBits() {
        #expect(Float8.e4m3[0x38] == 1 && Float8.e4m3[0x7E] == 448 && Float8.e4m3[0x01] == 0x1p-9)
        #expect(Float8.e4m3[0xB8] == -1 && Float8.e4m3[0x7F].isNaN && Float8.e4m3[0x80].sign == .minus)
        #expect(Float8.e5m2[0x3C] == 1 && Float8.e5m2[0x7B] == 57344 && Float8.e5m2[0x01] == 0x1p-16)
        #expect(Float8.e5m2[0x7C] == .infinity && Float8.e5m2[0xFC] == -.infinity && Float8.e5m2[0x7D].isNaN)
    }
}
