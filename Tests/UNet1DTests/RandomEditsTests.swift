import Foundation
import TestSupport
import Testing

@testable import Checkpoint
@testable import UNet1D

/// A configuration is input: no edit of a valid one may end in a trap.
@Suite struct RandomEditsTests {
    private static let edits = 2000

    /// The configurations of all fixtures.
    private static let configurations: [JSONValue] = Set(Fixture.all.map(\.directory)).sorted().compactMap { folder in
        let path = folder + "/config.json"
        return FileManager.default.contents(atPath: path).flatMap { try? JSONReader.read(Array($0), file: path) }
    }

    /// Values that fields have elsewhere, and values that no field should have.
    private static let values: [JSONValue] =
        [.null, .bool(true), .bool(false), .array([]), .object([]), .string(""), .string("silu"), .string("0.36.0")]
        + [-(1 << 62), -16, -1, 0, 1, 2, 3, 4, 7, 8, 14, 16, 17, 24, 32, 64, 65, 1 << 16, 1 << 40, .max].map {
            .integer($0)
        }
        + [.nan, .infinity, -.infinity, -0.0, 0.5, 16, 1e308].map { .double($0) }
        + blockTypes.map { .string($0) } + [.array([.string("DownBlock1D"), .integer(3)]), .array([.integer(32)])]
    private static let blockTypes =
        DownBlockType.allCases.map(\.rawValue) + UpBlockType.allCases.map(\.rawValue)
        + MidBlockType.allCases.map(\.rawValue)
        + TimeEmbeddingType.allCases.map(\.rawValue) + ["OutConv1DBlock", "ValueFunction"]
    private static let keys = UNet1DConfiguration.fieldNames.sorted() + ["_class_name", "_diffusers_version", "other"]

    @Test func endInAResultOrAnError() throws {
        #expect(Self.configurations.count > 40)
        var generator = Numbers(state: 20_261_127)
        var forwards = 0
        var refusals = 0
        for step in 0..<Self.edits {
            var json = Self.configurations.randomElement(using: &generator) ?? .null
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.edit(&json, &generator) }
            do {
                if step % 8 == 0 { try Self.readFolder(json) }
                if try Self.run(json, &generator) { forwards += 1 }
            } catch {
                refusals += 1
                #expect(error is CheckpointError || error is UNet1DError, "\(error)")
                let text = "\(error)"
                #expect(!text.isEmpty && !text.contains("\n") && text.count < 4096, "\(text)")
            }
        }
        // Neither may be rare, or nothing was tried.
        #expect(forwards > Self.edits / 20)
        #expect(refusals > Self.edits / 4)
    }

    /// Reads the configuration from a folder, as `plan` does, with its notes.
    private static func readFolder(_ json: JSONValue) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "edits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(text(json).utf8).write(to: folder.appending(path: "config.json"))
        let notes = try ModelDirectory(folder.path()).readConfiguration().notes
        #expect(notes.allSatisfy { !$0.contains("\n") })
    }

    /// The value as Python writes it.
    private static func text(_ json: JSONValue) -> String {
        switch json {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value):
            value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
        case .string(let value): "\"\(value)\""
        case .array(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\"\($0.key)\":\(text($0.value))" }.joined(separator: ",") + "}"
        }
    }

    /// One forward where the model is small; whether there was one.
    private static func run(_ json: JSONValue, _ generator: inout Numbers) throws -> Bool {
        let configuration = try UNet1DConfiguration.parse(json, file: "config.json").configuration
        let network = try Network(configuration, file: "config.json")
        let length = [1, 8, 16, 24, 31, 32, 40, 64].randomElement(using: &generator) ?? 1
        let batch = Int.random(in: 1...2, using: &generator)
        for timesteps in [1, batch] {
            let shape = ForwardShape(batch: batch, length: length, timesteps: timesteps)
            let plan = try Plan(network: network, shape: shape, options: Session.Options())
            guard plan.weightBytes < 1 << 22, plan.arenaBytes < 1 << 22 else { return false }
            let model = try UNet1DModel(configuration: configuration)
            #expect(model.sampleChannels == plan.sampleShape[1])
            var session = try Session(model: model, shape: shape, pool: Pools.pool(1))
            let sample = [Float](repeating: 0.5, count: plan.sampleCount)
            var output = [Float](repeating: 0, count: plan.outputCount)
            var span = output.mutableSpan
            session.forward(
                sample: sample.span, timestep: try Timestep(Array(repeating: 3, count: timesteps)), output: &span)
        }
        return true
    }

    /// Changes, removes or adds a field, or an entry of a list.
    private static func edit(_ json: inout JSONValue, _ generator: inout Numbers) {
        guard case .object(var members) = json else { return }
        let value = values.randomElement(using: &generator) ?? .null
        let at = Int.random(in: 0..<max(1, members.count), using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where !members.isEmpty: members.remove(at: at)
        case 1: members.append(.init(key: keys.randomElement(using: &generator) ?? "", value: value))
        case 2 where !members.isEmpty: members[at] = .init(key: members[at].key, value: value)
        default:
            let lists = members.indices.filter { if case .array = members[$0].value { true } else { false } }
            guard let list = lists.randomElement(using: &generator), case .array(var entries) = members[list].value
            else { return }
            let entry = Int.random(in: 0..<max(1, entries.count), using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where !entries.isEmpty: entries.remove(at: entry)
            case 1 where !entries.isEmpty: entries.insert(entries[entry], at: entry)
            case 2 where !entries.isEmpty: entries[entry] = value
            default: entries.append(value)
            }
            members[list] = .init(key: members[list].key, value: .array(entries))
        }
        json = .object(members)
    }

    /// Numbers that are the same in every run. Source: SplitMix64, Steele, Lea, Flood 2014.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }
    }
}

/// NaN in a configuration: the reference computes it.
@Suite struct NaNTests {
    @Test(arguments: [Double.nan, .signalingNaN, .infinity, -.infinity])
    func frequencyShift(shift: Double) throws {
        let configuration = UNet1DConfiguration(
            inChannels: 3, outChannels: 3, timeEmbeddingType: .positional, useTimestepEmbedding: true, freqShift: shift,
            downBlockTypes: [.downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
            midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: [16], actFn: .mish)
        let model = try UNet1DModel(configuration: configuration)
        let output = try model(
            Tensor([Float](repeating: 1, count: 24), shape: [1, 3, 8]), timestep: Timestep([3])
        ).sample.scalars
        #expect(output.allSatisfy { $0.isNaN } == shift.isNaN)
        #expect(output.contains { $0.isNaN } == shift.isNaN)
    }
}
