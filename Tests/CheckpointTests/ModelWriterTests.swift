import Foundation
import Testing

@testable import Checkpoint

/// What a folder holds before, during and after a save.
@Suite struct ModelWriterTests {
    private static let configuration = UNet1DConfiguration(
        inChannels: 2, outChannels: 2, timeEmbeddingType: .positional, useTimestepEmbedding: true, freqShift: 1,
        downBlockTypes: [.downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
        midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: [8], actFn: .silu)

    /// Saves `value` in every element; `failing`: the tensor whose source throws.
    @discardableResult
    private static func save(
        _ value: Float, to folder: String, type: WeightType = .f32, shardBytes: Int = .max, variant: String? = nil,
        failing: String? = nil, during: (String) -> Void = { _ in }
    ) throws -> SavedModel {
        try ModelWriter(
            Network(configuration), original: nil, as: type, maximumShardBytes: shardBytes, variant: variant
        ).write(to: folder) { tensor, sink throws(CheckpointError) in
            during(tensor.name)
            if tensor.name == failing { throw .fileShrank(file: "source") }
            let values = [Float](repeating: value, count: tensor.count)
            try sink.write(values.span)
        }
    }

    private static func names(_ folder: String) -> [String] { FileSystem.names(in: folder) }

    /// The one number that all elements of a model have.
    private static func value(_ folder: String, variant: String? = nil) throws -> Double? {
        let files = try ModelDirectory(folder, lookup: ModelLookup(variant: variant)).open()
        var values: Set<Double> = []
        for tensor in files.tensors.tensors {
            values.formUnion(tensor.elementType.doubles(try files.tensors.bytes(of: tensor)))
        }
        return values.count == 1 ? values.first : nil
    }

    // MARK: - Names

    @Test func namesAreThoseOfDiffusers() throws {
        try Fixtures.withTemporaryFolder { folder in
            let stem = "diffusion_pytorch_model"
            let whole = try Self.save(1, to: folder + "/a/b")
            #expect(Self.names(folder + "/a/b") == ["config.json", "\(stem).safetensors"])
            #expect(whole.files.map(\.path) == ["\(stem).safetensors", "config.json"].map { folder + "/a/b/" + $0 })
            for file in whole.files { #expect(FileManager.default.contents(atPath: file.path)?.count == file.bytes) }

            try Self.save(1, to: folder + "/variant", variant: "fp16")
            #expect(Self.names(folder + "/variant") == ["config.json", "\(stem).fp16.safetensors"])

            let parameters = try Network(Self.configuration).parameters
            try Self.save(1, to: folder + "/shards/", shardBytes: 2 * parameters)
            #expect(
                Self.names(folder + "/shards")
                    == [
                        "config.json", "\(stem)-00001-of-00003.safetensors", "\(stem)-00002-of-00003.safetensors",
                        "\(stem)-00003-of-00003.safetensors", "\(stem).safetensors.index.json",
                    ])
            try Self.save(1, to: folder + "/both", type: .bf16, shardBytes: parameters + 1000, variant: "x-1.a")
            #expect(
                Self.names(folder + "/both")
                    == [
                        "config.json", "\(stem).safetensors.index.x-1.a.json",
                        "\(stem).x-1.a-00001-of-00002.safetensors", "\(stem).x-1.a-00002-of-00002.safetensors",
                    ])
            #expect(try Self.value(folder + "/both", variant: "x-1.a") == 1)
        }
    }

    /// No file has more bytes of tensors than were asked for, unless it holds one tensor that is larger.
    @Test(arguments: [1, 100, 1500, 5000, 1 << 20]) func shardsAreNoLarger(limit: Int) throws {
        try Fixtures.withTemporaryFolder { folder in
            let saved = try Self.save(2, to: folder, shardBytes: limit)
            var tensors = 0
            for file in saved.files where file.path.hasSuffix(".safetensors") {
                let shard = try TensorFile(path: file.path)
                #expect(shard.header.metadata == ["format": "pt"])
                tensors += shard.tensors.count
                #expect(shard.tensors.count == 1 || shard.tensors.reduce(0) { $0 + $1.byteCount } <= limit)
            }
            #expect(try tensors == Network(Self.configuration).tensors.count)
            #expect(try Self.value(folder) == 2)
        }
    }

    // MARK: - What was there before

    @Test func weightsOfTheVariantAreReplaced() throws {
        try Fixtures.withTemporaryFolder { folder in
            let other = "\(folder)/diffusion_pytorch_model.fp16-00001-of-00002.safetensors"
            try Data().write(to: URL(filePath: other))
            try Data().write(to: URL(filePath: folder + "/README.md"))
            for (value, shardBytes) in [(Float(1), 1000), (2, .max), (3, 2000), (4, 1000), (5, .max)] {
                try Self.save(value, to: folder, shardBytes: shardBytes)
                #expect(try Self.value(folder) == Double(value))
            }
            #expect(
                Self.names(folder)
                    == [
                        "README.md", "config.json", "diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
                        "diffusion_pytorch_model.safetensors",
                    ])
            try Self.save(6, to: folder, variant: "fp16")
            #expect(!FileManager.default.fileExists(atPath: other))
            #expect(try Self.value(folder, variant: "fp16") == 6)
            #expect(try Self.value(folder) == 5)
        }
    }

    /// A link into the hub's cache is replaced; what it names keeps its bytes.
    @Test func linksAreReplaced() throws {
        try Fixtures.withTemporaryFolder { parent in
            let (blob, folder) = (parent + "/blob", parent + "/model")
            try Data("blob".utf8).write(to: URL(filePath: blob))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
                try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "../blob")
            }
            try Self.save(1, to: folder)
            #expect(FileManager.default.contents(atPath: blob) == Data("blob".utf8))
            #expect(try Self.value(folder) == 1)
        }
    }

    // MARK: - Failures

    /// Whichever tensor cannot be read, the folder is as it was, and during the save it is no model, or the old one.
    @Test(arguments: [Int.max, 1000]) func failuresLeaveTheFolderAsItWas(shardBytes: Int) throws {
        for tensor in try Network(Self.configuration).tensors.map(\.name) {
            try Fixtures.withTemporaryFolder { parent in
                let folder = parent + "/new/model"
                #expect(throws: CheckpointError.fileShrank(file: "source")) {
                    try Self.save(1, to: folder, shardBytes: shardBytes, failing: tensor) { _ in
                        #expect(!FileManager.default.fileExists(atPath: folder + "/config.json"))
                    }
                }
                #expect(Self.names(parent).isEmpty)
                try Self.save(1, to: folder)
                let before = Self.names(folder)
                #expect(throws: CheckpointError.fileShrank(file: "source")) {
                    try Self.save(2, to: folder, shardBytes: shardBytes, failing: tensor)
                }
                #expect(Self.names(folder) == before)
                #expect(try Self.value(folder) == 1)
            }
        }
    }

    @Test func whatCannotBeWritten() throws {
        try Fixtures.withTemporaryFolder { folder in
            let file = folder + "/file"
            try Data().write(to: URL(filePath: file))
            #expect(throws: CheckpointError.notAFolder(path: file)) { try Self.save(1, to: file) }
            #expect(throws: CheckpointError.notAFolder(path: file)) { try Self.save(1, to: file + "/a/b") }
            let taken = folder + "/taken"
            try FileManager.default.createDirectory(
                atPath: taken + "/diffusion_pytorch_model.safetensors", withIntermediateDirectories: true)
            for path in ["", "a\0b", "/proc/unet1d/model", "/proc", taken] {
                let error = #expect(throws: CheckpointError.self) { try Self.save(1, to: path) }
                #expect(try #require(error).isOneGoodLine, "\(path)")
            }
            #expect(Self.names(taken) == ["diffusion_pytorch_model.safetensors"])
            for variant in ["", "a/b", "..", ".", "-a", "a\nb", String(repeating: "a", count: 65)] {
                let error = #expect(throws: CheckpointError.self) { try Self.save(1, to: folder, variant: variant) }
                #expect(try #require(error).isOneGoodLine)
            }
            #expect(throws: CheckpointError.self) { try Self.save(1, to: folder, shardBytes: 0) }
            #expect(Self.names(folder) == ["file", "taken"])
        }
    }

    // MARK: - Notes

    @Test(arguments: [(WeightType.f16, Float(65520)), (.bf16, .greatestFiniteMagnitude)])
    func overflowsAreNoted(type: WeightType, value: Float) throws {
        try Fixtures.withTemporaryFolder { folder in
            let network = try Network(Self.configuration)
            let saved = try Self.save(-value, to: folder, type: type)
            #expect(saved.overflows == network.parameters)
            #expect(saved.notes.count == 9 && saved.notes.allSatisfy { $0.contains("became infinite") })
            #expect(try Self.value(folder) == -.infinity)
            #expect(try Self.save(.infinity, to: folder, type: type).notes.isEmpty)
            #expect(try Self.save(value.nextDown, to: folder, type: .f32).notes.isEmpty)
        }
    }

    // MARK: - Configurations

    /// Every published and found configuration reads back as what it was.
    @Test func configurationsReadBack() throws {
        for fixture in Fixtures.cases(Fixtures.visible) where fixture.expect == "ok" {
            let read = try ModelDirectory(Fixtures.visible.appending(path: fixture.dir).path()).readConfiguration()
            let (json, notes) = read.network.savedConfiguration(keeping: nil)
            let text = Array(json.text().utf8)
            var again = try UNet1DConfiguration.parse(text, file: "config.json").configuration
            #expect(again.diffusersVersion != nil)
            var before = read.network.configuration
            if before.diffusersVersion == nil { again.diffusersVersion = nil }
            if !notes.isEmpty { before.timeEmbeddingDim = 2 * read.network.fourierFrequencies }
            #expect(again == before, "\(fixture)")
        }
    }

    /// The text of values and the version stay as they were written; what was missing is added.
    @Test func valuesKeepTheirText() throws {
        let text = """
            {"_class_name": "X", "_diffusers_version": "0.30.2.dev0", "act_fn": "Swish", "down_block_types": \
            ["DownResnetBlock1D"], "up_block_types": [], "mid_block_type": "MidResTemporalBlock1D", "freq_shift": 1, \
            "block_out_channels": [8], "use_timestep_embedding": true, "time_embedding_type": "positional", \
            "norm_num_groups": 5, "_use_default_values": ["norm_num_groups"], "unknown": 3, "layers_per_block": 2, \
            "layers_per_block": 1}
            """
        let json = try JSONReader.read(Array(text.utf8), file: "x")
        let network = try Network(UNet1DConfiguration.parse(json, file: "x").configuration)
        let (saved, notes) = network.savedConfiguration(keeping: json)
        #expect(notes.isEmpty)
        #expect(saved["_class_name"] == .string("UNet1DModel"))
        #expect(saved["_diffusers_version"] == .string("0.30.2.dev0"))
        #expect(saved["act_fn"] == .string("Swish"))
        #expect(saved["freq_shift"] == .integer(1))
        #expect(saved["norm_num_groups"] == .integer(8))
        #expect(saved["layers_per_block"] == .integer(1))
        #expect(saved["sample_size"] == .integer(65536))
        #expect(saved["unknown"] == nil)
        #expect(saved["time_embedding_dim"] == nil)
        var keys: [String] = []
        if case .object(let members) = saved { keys = members.map(\.key) }
        let fields = UNet1DConfiguration.fieldNames.subtracting(["time_embedding_dim"])
        #expect(keys == fields.union(["_class_name", "_diffusers_version"]).sorted())
    }

    /// Configurations without a version get the reference's, or the first that builds and runs the network.
    @Test func versions() throws {
        var configuration = Self.configuration
        func version(_ configuration: UNet1DConfiguration, frequencies: Int? = nil) throws -> JSONValue? {
            try Network(configuration, fourierFrequencies: frequencies).savedConfiguration(keeping: nil)
                .json["_diffusers_version"]
        }
        #expect(try version(configuration) == .string("0.26.3"))
        configuration.downsampleEachBlock = true
        #expect(try version(configuration) == .string("0.32.0"))
        configuration.diffusersVersion = DiffusersVersion(0, 40)
        #expect(try version(configuration) == .string("0.40.0"))
        let audio = UNet1DConfiguration(extraInChannels: 64)
        #expect(try version(audio) == .string("0.26.3"))
        #expect(try version(audio, frequencies: 32) == .string("0.36.0"))
        let (json, notes) = try Network(audio).savedConfiguration(keeping: nil)
        #expect(json["time_embedding_dim"] == .integer(16) && notes.count == 1)
        let newer = try Network(audio, fourierFrequencies: 32).savedConfiguration(keeping: nil)
        #expect(newer.json["time_embedding_dim"] == .null && newer.notes.isEmpty)
    }

    @Test func textIsPythons() {
        let value = JSONValue.object([
            .init(key: "a", value: .array([])), .init(key: "b", value: .array([.integer(1), .null])),
            .init(key: "c\n", value: .object([.init(key: "d", value: .double(1e-05))])),
            .init(key: "e", value: .double(.nan)),
        ])
        #expect(
            value.text() == """
                {
                  "a": [],
                  "b": [
                    1,
                    null
                  ],
                  "c\\u000a": {
                    "d": 1e-05
                  },
                  "e": NaN
                }
                """)
    }
}
