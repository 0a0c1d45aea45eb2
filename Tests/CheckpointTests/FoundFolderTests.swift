import Foundation
import Testing

@testable import Checkpoint

/// Folders as people publish them: what they are taken for, and what the notes and refusals say.
@Suite struct FoundFolderTests {
    /// The class defaults, but for the embedding's channels.
    private static func defaults(_ fields: String) -> String {
        #"{"_class_name": "UNet1DModel", "block_out_channels": [32, 32, 64], \#(fields)}"#
    }

    @discardableResult
    private static func withFolder<Value>(
        _ configuration: String, _ files: [String: Data] = [:], _ body: (ModelDirectory, String) throws -> Value
    ) throws -> Value {
        try Fixtures.withTemporaryFolder { folder in
            for (name, data) in files.merging(
                ["config.json": Data(configuration.utf8)], uniquingKeysWith: { a, _ in a })
            {
                try data.write(to: URL(filePath: folder + "/" + name))
            }
            return try body(try ModelDirectory(folder), folder)
        }
    }

    // MARK: - The width of the Fourier embedding

    /// Fields of a file without weights, its frequencies, its sample's channels, and what the note says.
    @Test(arguments: [
        (#""_diffusers_version": "0.38.0", "extra_in_channels": 64"#, 32, 2, "_diffusers_version is 0.38"),
        (#""_diffusers_version": "0.36.0.dev0", "in_channels": 70"#, 32, 6, "_diffusers_version is 0.36"),
        (#""_diffusers_version": "1.0.0", "extra_in_channels": 16, "time_embedding_dim": 16"#, 8, 2, ""),
        (#""_diffusers_version": "0.35.1", "extra_in_channels": 16"#, 8, 2, "_diffusers_version is 0.35"),
        (#""_diffusers_version": "0.26.3", "extra_in_channels": 16, "time_embedding_dim": 20"#, 8, 2, "is 0.26"),
        (#""extra_in_channels": 20, "time_embedding_dim": 20"#, 10, 2, "time_embedding_dim is 20"),
        (#""extra_in_channels": 16"#, 8, 2, "neither _diffusers_version nor time_embedding_dim tells"),
        (#""_diffusers_version": "soon", "extra_in_channels": 16"#, 8, 2, "which is no version"),
        (#""_diffusers_version": "0.26.3", "in_channels": 24"#, 8, 8, "of which the time embedding fills 16"),
    ])
    func embeddingWithoutWeights(fields: String, frequencies: Int, channels: Int, note: String) throws {
        try Self.withFolder(Self.defaults(fields)) { folder, _ in
            let model = try folder.readConfiguration()
            #expect(model.network.fourierFrequencies == frequencies)
            #expect(model.network.sampleChannels == channels)
            #expect(note.isEmpty ? model.notes.isEmpty : model.notes.contains { $0.contains(note) }, "\(model.notes)")
        }
    }

    /// The tensors tell, whatever version the configuration names.
    @Test func embeddingOfTheTensors() throws {
        let recent = Fixtures.found.appending(path: "0.36.0/newer_in_counts_time")
        let text = try String(contentsOf: recent.appending(path: "config.json"), encoding: .utf8)
        let weights = try Data(contentsOf: recent.appending(path: "diffusion_pytorch_model.safetensors"))
        for version in ["0.36.0", "0.26.3", "?"] {
            let configuration = text.replacing("\"0.36.0\"", with: "\"\(version)\"")
            try Self.withFolder(configuration, ["diffusion_pytorch_model.safetensors": weights]) { folder, _ in
                let files = try folder.open()
                #expect(files.network.fourierFrequencies == 10)
                #expect(files.network.sampleChannels == 3)
                #expect(files.notes.contains { $0.contains("time_proj.weight says so") }, "\(files.notes)")
            }
        }
    }

    /// Older versions ignore time_embedding_dim, whatever it is.
    @Test func olderVersionsIgnoreTheWidth() throws {
        let fields = #""_diffusers_version": "0.26.3", "extra_in_channels": 16, "time_embedding_dim": 15"#
        try Self.withFolder(Self.defaults(fields)) { folder, _ in
            let network = try folder.readConfiguration().network
            #expect(network.fourierFrequencies == 8)
        }
        try Self.withFolder(Self.defaults(fields.replacing("0.26.3", with: "0.36.0"))) { folder, _ in
            #expect(throws: CheckpointError.self) { try folder.readConfiguration() }
        }
    }

    /// Channels that fit an older version alone come with the way out that keeps the checkpoint.
    @Test func channelsOfAnOlderVersion() throws {
        let fields = #""_diffusers_version": "0.38.0", "extra_in_channels": 16"#
        try Self.withFolder(Self.defaults(fields)) { folder, _ in
            let error = #expect(throws: CheckpointError.self) { try folder.readConfiguration() }
            let text = try #require(error).description
            #expect(text.contains("set time_embedding_dim to 16"), "\(text)")
        }
    }

    /// Prefixed tensors tell the width, too.
    @Test func embeddingOfPrefixedTensors() throws {
        let recent = Fixtures.found.appending(path: "0.36.0/newer_in_counts_time")
        let text = try String(contentsOf: recent.appending(path: "config.json"), encoding: .utf8)
            .replacing("\"0.36.0\"", with: "\"?\"")
        try Self.withFolder(text) { folder, path in
            try SafetensorsWriter.write(
                [.init(name: "_orig_mod.time_proj.weight", shape: [10], values: Array(repeating: 0, count: 10))],
                to: path + "/diffusion_pytorch_model.safetensors")
            #expect(try folder.readConfiguration().network.sampleChannels == 3)
        }
    }

    // MARK: - Versions

    @Test func versions() {
        #expect(DiffusersVersion("0.26.3") == DiffusersVersion(0, 26))
        #expect(DiffusersVersion("0.40.0.dev0") == DiffusersVersion(0, 40))
        #expect(DiffusersVersion("1.0") == DiffusersVersion(1, 0))
        for text in ["", "1", "a.b", "-1.2", "0.x", "0.99999999999999999999"] { #expect(DiffusersVersion(text) == nil) }
        #expect(DiffusersVersion(0, 36) > DiffusersVersion(0, 9))
        #expect(DiffusersVersion(1, 0) > DiffusersVersion(0, 99))
    }

    /// The mid block's downsampling raises in the versions before 0.32 and is applied from then on.
    @Test(arguments: [("0.26.3", false), ("0.31.0", false), ("0.32.0", true), ("0.36.0", true), (nil, true)])
    func midDownsampling(version: String?, runs: Bool) throws {
        let fixture = Fixtures.found.appending(path: "0.36.0/newer_mid_downsamples/config.json")
        let line = #""_diffusers_version": "0.36.0","#
        let text = try String(contentsOf: fixture, encoding: .utf8)
        #expect(text.contains(line))
        let configuration = text.replacing(line, with: version.map { #""_diffusers_version": "\#($0)","# } ?? "")
        try Self.withFolder(configuration) { folder, path in
            guard runs else {
                let refusal = CheckpointError.midDownsampling(
                    file: path + "/config.json", version: try #require(DiffusersVersion(version ?? "")))
                #expect(throws: refusal) { try folder.readConfiguration() }
                return
            }
            let model = try folder.readConfiguration()
            #expect(model.notes.contains { $0.contains("downsample_each_block") } == (version == nil), "\(model.notes)")
            let names = model.network.tensors.map(\.name)
            #expect(names.contains("mid_block.downsample.conv.weight"))
        }
    }

    // MARK: - Other classes, other names

    @Test(arguments: [
        (
            #"{"_class_name": "UNet1DModel", "input_dim": 2, "global_cond_dim": 4, "down_dims": [256]}"#,
            "ConditionalUnet1D"
        ),
        (#"{"_class_name": "UNet1DModel", "dim": 64, "channels": 1, "dim_mults": [1, 2]}"#, "Unet1D"),
        (#"{"transition_dim": 14, "horizon": 32, "cond_dim": 11}"#, "TemporalUnet"),
        (#"{"_class_name": "UNet1DModel"}"#, "as save_pretrained wrote it"),
        (#"{"_class_name": "UNet1DModel", "a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0}"#, "another class"),
    ])
    func anotherClass(configuration: String, likeness: String) throws {
        try Self.withFolder(configuration) { folder, path in
            do throws(CheckpointError) {
                _ = try folder.readConfiguration()
                Issue.record("accepted")
            } catch {
                #expect(error.isOneGoodLine)
                #expect(error.description.contains(likeness), "\(error)")
                #expect(error.description.contains("lacks block_out_channels, down_block_types, up_block_types"))
                #expect(!error.description.contains("set extra_in_channels"))
            }
        }
    }

    /// Unknown fields beside those of the structure are diffusers' own business.
    @Test func unknownFieldsOfTheSameClass() throws {
        try Self.withFolder(Self.defaults(#""extra_in_channels": 16, "global_cond_channels": 5"#)) { folder, _ in
            let notes = try folder.readConfiguration().notes
            #expect(notes.contains { $0.contains("global_cond_channels") })
        }
    }

    @Test(arguments: ["module.", "_orig_mod.", "module._orig_mod.", "ema."])
    func prefixes(prefix: String) throws {
        let expected = [ExpectedTensor(name: "a", shape: [1], role: .bias), .init(name: "b", shape: [2], role: .bias)]
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/x.safetensors"
            func fitted(_ names: [(String, Int)]) throws -> (StateDict, notes: [String]) {
                try SafetensorsWriter.write(
                    names.map { .init(name: $0.0, shape: [$0.1], values: Array(repeating: 0, count: $0.1)) }, to: path)
                return try StateDict(try TensorFile(path: path)).fitted(to: expected)
            }
            let (tensors, notes) = try fitted([(prefix + "a", 1), (prefix + "b", 2), ("step", 1)])
            #expect(tensors["a"]?.shape == [1] && tensors["b"]?.shape == [2])
            #expect(tensors.notes.count == 1 && tensors.notes[0].contains("\"\(prefix)\" was removed"))
            #expect(notes.count == 1 && notes[0].contains("step"), "\(notes)")
            // One name without it: then they are missing.
            #expect(
                throws: CheckpointError.tensorsMismatch(file: path, missing: ["a", "b"], misshapen: [], total: 2)
            ) { try fitted([(prefix + "a", 1), ("b2", 2)]) }
            // Two models in one file.
            #expect(throws: CheckpointError.severalPrefixes(file: path, prefixes: ["a.", prefix].sorted())) {
                try fitted([(prefix + "a", 1), (prefix + "b", 2), ("a.a", 1), ("a.b", 2)])
            }
        }
    }

    /// What is looked for ends with the ninth copy, whether the prefixes are apart or each ends with the one before.
    @Test func prefixesAreBounded() throws {
        let expected = [ExpectedTensor(name: "a", shape: [0], role: .bias), .init(name: "b", shape: [0], role: .bias)]
        let apart = (1000..<3000).map { "\($0)." }
        let nested = (1...500).map { String(repeating: "q.", count: $0) }
        for prefixes in [apart, nested] {
            try Fixtures.withTemporaryFolder { folder in
                let path = folder + "/x.safetensors"
                let names = prefixes.flatMap { [$0 + "a", $0 + "b"] }
                try SafetensorsWriter.write(names.map { .init(name: $0, shape: [0], values: []) }, to: path)
                let error = #expect(throws: CheckpointError.self) {
                    try StateDict(try TensorFile(path: path)).fitted(to: expected)
                }
                guard case .severalPrefixes(path, let found) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(found.count == StateDict.maximumCopies + 1 && Set(found).isSubset(of: prefixes))
            }
        }
    }

    // MARK: - Notes

    @Test(arguments: [
        ("visible/time_unused", ["layers_per_block is 0", "no block reads the timestep"]),
        ("visible/real_value_h32", ["out_channels is 14"]),
        ("visible/real_hopper_h32", []),
        (
            "found/0.26.3/in_counts_time",
            ["16 values, as diffusers before 0.36 built it", "the sample has 3 channels"]
        ),
        (
            "found/0.36.0/newer_in_counts_time",
            ["20 values, as diffusers from 0.36 on builds it", "the sample has 3 channels"]
        ),
    ])
    func notes(folder: String, mentions: [String]) throws {
        let notes = try ModelDirectory(Fixtures.folder.appending(path: folder).path()).open().notes
        #expect(notes.count == mentions.count, "\(notes)")
        for (note, mention) in zip(notes, mentions) { #expect(note.contains(mention)) }
    }
}
