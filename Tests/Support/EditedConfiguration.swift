package import Checkpoint
import Foundation
internal import UNet1D

/// A valid configuration with edits, which random numbers choose.
package struct EditedConfiguration {
    /// The configurations of all fixtures.
    package static let originals: [JSONValue] = Set(Fixture.all.map(\.directory)).sorted().compactMap { folder in
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

    private var json: JSONValue

    /// One of the originals with one to three edits.
    package init(using generator: inout some RandomNumberGenerator) {
        json = Self.originals.randomElement(using: &generator) ?? .null
        for _ in 0..<Int.random(in: 1...3, using: &generator) { edit(&generator) }
    }

    /// The configuration as Python writes it.
    package var text: String { Self.text(json) }

    /// One forward of a tiny length where the model is small; whether there was one.
    package func run(weightBytes: Int, using generator: inout some RandomNumberGenerator) throws -> Bool {
        let configuration = try UNet1DConfiguration.parse(json, file: "config.json").configuration
        let network = try Network(configuration, file: "config.json")
        let length = [1, 8, 16, 24, 31, 32, 40, 64].randomElement(using: &generator) ?? 1
        let batch = Int.random(in: 1...2, using: &generator)
        for timesteps in [1, batch] {
            let shape = ForwardShape(batch: batch, length: length, timesteps: timesteps)
            let plan = try Plan(network: network, shape: shape, options: Session.Options())
            guard plan.weightBytes < weightBytes, plan.arenaBytes < weightBytes else { return false }
            let model = try UNet1DModel(configuration: configuration)
            precondition(model.sampleChannels == plan.sampleShape[1])
            var session = try Session(model: model, shape: shape, pool: Pools.pool(1))
            let sample = [Float](repeating: 0.5, count: plan.sampleCount)
            var output = [Float](repeating: 0, count: plan.outputCount)
            var span = output.mutableSpan
            session.forward(
                sample: sample.span, timestep: try Timestep(Array(repeating: 3, count: timesteps)), output: &span)
        }
        return true
    }

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

    /// Changes, removes or adds a field, or an entry of a list.
    private mutating func edit(_ generator: inout some RandomNumberGenerator) {
        guard case .object(var members) = json else { return }
        let value = Self.values.randomElement(using: &generator) ?? .null
        let at = Int.random(in: 0..<max(1, members.count), using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where !members.isEmpty: members.remove(at: at)
        case 1: members.append(.init(key: Self.keys.randomElement(using: &generator) ?? "", value: value))
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
}
