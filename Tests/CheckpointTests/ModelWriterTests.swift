import Foundation
import Testing

@testable import Checkpoint

/// What a folder holds before, during and after a save.
@Suite struct ModelWriterTests {
    static let configuration = UNet1DConfiguration(
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

    private static func contents(_ folder: String) -> [String: Data?] {
        let contents = names(folder).map { ($0, FileManager.default.contents(atPath: "\(folder)/\($0)")) }
        return Dictionary(uniqueKeysWithValues: contents)
    }

    /// A file that vanishes before it gets its name makes that rename fail, after others were done.
    @Test(arguments: [Int.max, 1], 1...3) func renamesAreUndone(shardsBefore: Int, vanishing: Int) throws {
        let parameters = try Network(Self.configuration).parameters
        try Fixtures.withTemporaryFolder { parent in
            let folder = parent + "/model"
            let shard = "\(folder)/diffusion_pytorch_model-0000\(vanishing)-of-00003.safetensors"
            let vanish = { (_: String) in _ = unlink("\(shard).\(getpid()).0.partial") }
            func fail() throws {
                let error = #expect(throws: CheckpointError.self) {
                    try Self.save(2, to: folder, shardBytes: 2 * parameters, during: vanish)
                }
                #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("\(shard): cannot be written: "))
            }
            try fail()
            #expect(Self.names(parent).isEmpty)
            try Self.save(1, to: folder, shardBytes: shardsBefore == 1 ? 2 * parameters : .max)
            try FileManager.default.moveItem(atPath: folder + "/config.json", toPath: parent + "/blob")
            try FileManager.default.createSymbolicLink(atPath: folder + "/config.json", withDestinationPath: "../blob")
            let before = Self.contents(folder)
            try fail()
            #expect(Self.contents(folder) == before)
            #expect(FileSystem.kind(of: folder + "/config.json", followsLink: false) == .link)
        }
    }

    /// What cannot be replaced is found before anything is.
    @Test(arguments: [1, 2]) func aFolderAmongTheOldNames(shard: Int) throws {
        try Fixtures.withTemporaryFolder { folder in
            try Self.save(1, to: folder)
            let taken = "\(folder)/diffusion_pytorch_model-0000\(shard)-of-00002.safetensors"
            try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
            let before = Self.contents(folder)
            for shardBytes in [Int.max, 1000] {
                #expect(throws: CheckpointError.cannotWrite(file: taken, reason: "is a folder")) {
                    try Self.save(2, to: folder, shardBytes: shardBytes)
                }
                #expect(Self.contents(folder) == before)
            }
        }
    }

    /// What an ended process of the same number left aside stays.
    @Test func namesAsideAreNew() throws {
        try Fixtures.withTemporaryFolder { folder in
            let left = "config.json.\(getpid()).0.old.partial"
            try Data("left".utf8).write(to: URL(filePath: "\(folder)/\(left)"))
            for value in [Float(1), 2] { try Self.save(value, to: folder) }
            #expect(Self.names(folder) == ["config.json", left, "diffusion_pytorch_model.safetensors"])
            #expect(FileManager.default.contents(atPath: "\(folder)/\(left)") == Data("left".utf8))
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
}
