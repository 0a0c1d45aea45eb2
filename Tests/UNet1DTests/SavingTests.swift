import Foundation
import TestSupport
import Testing

@testable import Checkpoint
@testable import UNet1D

/// Models of every source are saved and opened again: the same numbers, names, configuration and outputs.
@Suite struct SavingTests {
    private static let formats = "\(Fixture.root)/formats"
    private static let weights = "diffusion_pytorch_model.safetensors"

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "saving-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    /// The bytes of a folder's tensors by name, all of one type.
    private static func tensors(
        _ folder: String, _ type: ElementType, variant: String? = nil
    ) throws -> [String: [UInt8]] {
        let files = try ModelDirectory(folder, lookup: ModelLookup(variant: variant)).open()
        var tensors: [String: [UInt8]] = [:]
        for expected in files.expectedTensors {
            let tensor = try files.tensors.tensor(named: expected.name)
            #expect(tensor.elementType == type)
            tensors[expected.name] = try files.tensors.bytes(of: tensor)
        }
        #expect(files.tensors.tensors.count == tensors.count)
        return tensors
    }

    /// Saved in the type that they have, weights keep their bytes: the file is the one that diffusers wrote.
    @Test(arguments: Fixture.numeric) func theSameTypeKeepsItsBytes(fixture: Fixture) throws {
        try Self.withFolder { folder in
            let model = try UNet1DModel(directory: fixture.directory)
            let types = Set(try ModelDirectory(fixture.directory).open().tensors.tensors.map(\.elementType))
            let dtype = WeightType.allCases.first { types == [$0.elementType] }
            let saved = try model.save(to: folder, dtype: dtype ?? .f32)
            #expect(saved.overflows == 0 && dtype != nil)
            #expect(try Self.bytes(folder + "/" + Self.weights) == Self.bytes(fixture.directory + "/" + Self.weights))
            let again = try UNet1DModel(directory: folder)
            #expect(again.fourierFrequencies == model.fourierFrequencies)
            let tensors = try #require(try fixture.tensors())
            let (before, after) = try (model.plan(tensors.shape), again.plan(tensors.shape))
            #expect(before.id == after.id)
        }
    }

    /// One model in every format: each gives the file that diffusers writes for it.
    @Test(arguments: [
        ("safetensors", nil), ("zip", nil), ("zip-protocol4", nil), ("legacy", nil), ("parameters", nil), ("half", nil),
        ("bfloat16", nil), ("bfloat16-legacy", nil), ("double", nil), ("views", nil), ("views-legacy", nil),
        ("shards", nil), ("shards-bin", nil), ("shards-variant", "fp16"), ("variants", "10000"), ("float8", nil),
        ("float8-e5m2", nil), ("data-parallel", nil), ("compiled", nil), ("nested", nil), ("other-name", nil),
    ])
    func everyFormatGivesTheSameFile(name: String, variant: String?) throws {
        try Self.withFolder { folder in
            let lookup = ModelLookup(variant: variant)
            try UNet1DModel(directory: "\(Self.formats)/\(name)", lookup: lookup).save(to: folder)
            for file in [Self.weights, "config.json"] {
                #expect(try Self.bytes("\(folder)/\(file)") == Self.bytes("\(Self.formats)/safetensors/\(file)"))
            }
        }
    }

    /// Types in files that have the type already keep their bits; others are rounded once.
    @Test(arguments: Checkpoint.WeightType.allCases) func typesAndShards(type: Checkpoint.WeightType) throws {
        try Self.withFolder { folder in
            let model = try UNet1DModel(configuration: UNet1DConfiguration(extraInChannels: 16), seed: 7)
            try model.save(to: folder + "/single")
            let single = try Self.tensors(folder + "/single", .f32)
            let saved = try model.save(to: folder + "/a", dtype: type, maxShardBytes: 100_000, variant: "v")
            #expect(saved.files.count > 4 && saved.overflows == 0)
            let found = try Self.tensors(folder + "/a", type.elementType, variant: "v")
            for (name, bytes) in single {
                let floats = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                let expected = floats.flatMap { Self.rounded($0, type) }
                #expect(found[name] == expected, "\(name)")
            }
            // Once rounded, as it is.
            let again = try UNet1DModel(directory: folder + "/a", lookup: ModelLookup(variant: "v"))
            try again.save(to: folder + "/b", dtype: type)
            #expect(try Self.tensors(folder + "/b", type.elementType) == found)
        }
    }

    /// By Swift's own conversion, and by the nearer of two.
    private static func rounded(_ number: Float, _ type: Checkpoint.WeightType) -> [UInt8] {
        let bits: UInt32
        switch type {
        case .f32: return withUnsafeBytes(of: number.bitPattern, Array.init)
        case .f16: bits = UInt32(Float16(number).bitPattern)
        case .bf16:
            let low = number.bitPattern >> 16
            let (below, above) = (Float(bitPattern: low << 16), Float(bitPattern: (low + 1) << 16))
            let (a, b) = (abs(number - below), abs(above - number))
            bits = a < b || (a == b && low % 2 == 0) ? low : low + 1
        }
        return [UInt8(bits & 0xFF), UInt8(bits >> 8)]
    }

    /// A seeded model, of tensors larger than what is made at a time, computes the same bits from its file.
    @Test(arguments: Checkpoint.Initialisation.allCases)
    func seededModels(initialisation: Checkpoint.Initialisation) throws {
        try Self.withFolder { folder in
            let configuration = UNet1DConfiguration(
                inChannels: 3, outChannels: 3, timeEmbeddingType: .positional, useTimestepEmbedding: true,
                downBlockTypes: [.downResnetBlock1D, .downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
                midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: [32, 256],
                actFn: .mish)
            let model = try UNet1DModel(configuration: configuration, seed: 5, initialisation: initialisation)
            try model.save(to: folder)
            let again = try UNet1DModel(directory: folder)
            #expect(again.configuration.diffusersVersion?.text == "0.26.3")
            let sample = try Tensor((0..<48).map { Float($0 % 7) - 3 }, shape: [1, 3, 16])
            let outputs = try [model, again].map { try $0(sample, timestep: Timestep([4])).sample.scalars }
            #expect(bits(outputs[0]) == bits(outputs[1]))
            #expect(outputs[0].allSatisfy(\.isFinite) && Set(outputs[0]).count > 10)
        }
    }

    /// A model may replace the files that it is read from.
    @Test func inPlace() throws {
        try Self.withFolder { folder in
            try FileManager.default.copyItem(atPath: "\(Self.formats)/safetensors", toPath: folder)
            let before = try Self.tensors(folder, .f32)
            let model = try UNet1DModel(directory: folder)
            try model.save(to: folder, dtype: .bf16)
            #expect(try Self.tensors(folder, .bf16).count == before.count)
            try model.save(to: folder)
            #expect(try Self.tensors(folder, .f32) == before)
        }
    }

    /// Numbers of double precision beyond single precision are infinite before they are saved, and are not counted.
    @Test(arguments: Checkpoint.WeightType.allCases) func doublePrecision(type: Checkpoint.WeightType) throws {
        try Self.withFolder { folder in
            try FileManager.default.copyItem(atPath: "\(Self.formats)/safetensors", toPath: folder)
            let tensors = try ModelDirectory(folder).open().expectedTensors
            var file = try SafetensorsWriter.header(
                tensors.map { ($0.name, $0.shape) }, type: .f64, metadata: [:], path: folder)
            for tensor in tensors {
                for _ in 0..<tensor.count { withUnsafeBytes(of: 1e300) { file += $0 } }
            }
            try Data(file).write(to: URL(filePath: folder + "/" + Self.weights))
            let saved = try UNet1DModel(directory: folder).save(to: folder, dtype: type)
            #expect(saved.overflows == 0)
            for bytes in try Self.tensors(folder, type.elementType).values {
                #expect(type.elementType.doubles(bytes).allSatisfy { $0 == .infinity })
            }
        }
    }
}
