import Foundation
import TestSupport
import Testing

@testable import Checkpoint
@testable import UNet1D

/// Models of tensors in memory compute and save what the same tensors do in a file.
@Suite struct BorrowedModelTests {
    /// A checkpoint's configuration and tensors, in memory of its own.
    private final class Copied {
        var text: String
        var tensors: [BorrowedTensor]
        private let memory: [UnsafeMutableRawBufferPointer]

        /// - Parameter misalignment: bytes by which each tensor begins beside a multiple of 64.
        init(_ folder: String, weights: String = "diffusion_pytorch_model.safetensors", misalignment: Int = 0) throws {
            text = try String(contentsOfFile: folder + "/config.json", encoding: .utf8)
            let file = StateDict(try TensorFile(path: "\(folder)/\(weights)"))
            let stored = try file.tensors.map { ($0, try file.bytes(of: $0)) }
            memory = stored.map { tensor, bytes in
                let memory = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: bytes.count + misalignment, alignment: 64)
                memory[misalignment...].copyBytes(from: bytes)
                return memory
            }
            tensors = zip(stored, memory).map { stored, memory in
                BorrowedTensor(
                    name: stored.0.name, elementType: stored.0.elementType, shape: stored.0.shape,
                    bytes: UnsafeRawBufferPointer(rebasing: memory[misalignment...]))
            }
        }

        deinit { for memory in memory { memory.deallocate() } }

        func model() throws(UNet1DError) -> UNet1DModel {
            try UNet1DModel(configurationJSON: text, tensors: tensors)
        }
    }

    private static func planner() throws -> Copied { try Copied(Fixture.named("real_hopper_h32").directory) }

    private static func output(_ model: UNet1DModel, _ tensors: ForwardTensors) throws -> [Float] {
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2))
        return tensors.run(&session)
    }

    /// A model in memory has the bits, notes, saved file and configuration of the one on the disk, for every fixture.
    @Test(arguments: Fixture.numeric) func isTheCheckpoint(fixture: Fixture) throws {
        let weights = "diffusion_pytorch_model.safetensors"
        let opened = try UNet1DModel(directory: fixture.directory)
        let copied = try Copied(fixture.directory, misalignment: 1)
        copied.tensors.reverse()
        let model = try copied.model()
        #expect(model.fourierFrequencies == opened.fourierFrequencies)
        #expect(model.configuration == opened.configuration)
        #expect(model.configurationJSON == opened.configurationJSON)
        #expect(model.notes.map(Self.sentence) == opened.notes.map(Self.sentence))
        if let tensors = try fixture.tensors() {
            #expect(try bits(Self.output(model, tensors)) == bits(Self.output(opened, tensors)))
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "borrowed-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, model) in [("memory", model), ("file", opened)] { try model.save(to: "\(folder)/\(name)") }
        for file in [weights, "config.json"] {
            #expect(
                FileManager.default.contentsEqual(atPath: "\(folder)/memory/\(file)", andPath: "\(folder)/file/\(file)")
            )
        }
        #expect(
            try String(contentsOfFile: folder + "/memory/config.json", encoding: .utf8) == model.configurationJSON
                + "\n")
    }

    /// A note without the file's name before it.
    private static func sentence(_ note: String) -> Substring { note.split(separator: ": ", maxSplits: 1).last ?? "" }

    /// Tensors of 16 and 64 bits are widened, as those of a file.
    @Test(arguments: [("half", ElementType.f16), ("bfloat16", .bf16), ("double", .f64)])
    func everyType(name: String, type: ElementType) throws {
        let folder = "\(Fixture.root)/formats"
        let base = try Copied(folder + "/safetensors")
        let other = try UNet1DModel(directory: "\(folder)/\(name)")
        let files = try ModelDirectory("\(folder)/\(name)").open()
        #expect(files.tensors.tensors.contains { $0.elementType == type })
        let stored = try files.tensors.tensors.map { ($0, try files.tensors.bytes(of: $0)) }
        let floats = try Self.read(other)
        let memory = stored.map { $0.1.withUnsafeBytes { Data($0) as NSData } }
        let tensors = zip(stored, memory).map { stored, memory in
            BorrowedTensor(
                name: stored.0.name, elementType: stored.0.elementType, shape: stored.0.shape,
                bytes: UnsafeRawBufferPointer(start: memory.bytes, count: memory.count))
        }
        let model = try UNet1DModel(configurationJSON: base.text, tensors: tensors)
        #expect(try Self.read(model) == floats)
        withExtendedLifetime(memory) {}
    }

    /// The bits of a model's weights, by name.
    private static func read(_ model: UNet1DModel) throws -> [String: [UInt32]] {
        var weights: [String: [UInt32]] = [:]
        for tensor in model.network.tensors {
            var floats = [Float](repeating: .nan, count: tensor.count)
            try floats.withUnsafeMutableBufferPointer { memory in
                try model.weights.source.read(tensor.name, into: memory, kernels: Implementation.best.table)
            }
            weights[tensor.name] = bits(floats)
        }
        return weights
    }

    @Test func prefixesAreRemoved() throws {
        let copied = try Self.planner()
        for i in copied.tensors.indices { copied.tensors[i].name = "_orig_mod." + copied.tensors[i].name }
        let notes = try copied.model().notes
        #expect(notes.contains { $0.hasPrefix("tensors: \"_orig_mod.\" was removed") })
    }

    /// LeRobot's configuration and its tensors, under its own names, which hold more than the network.
    @Test(arguments: ["lerobot", "lerobot_bias"]) func policiesOfLeRobot(name: String) throws {
        let folder = "\(Fixture.root)/policies/\(name)"
        let opened = try UNet1DModel(directory: folder)
        let model = try Copied(folder, weights: "model.safetensors").model()
        #expect(model.conditionalConfiguration == opened.conditionalConfiguration)
        #expect(model.configurationJSON.contains("\"_class_name\": \"ConditionalUnet1D\""))
    }

    @Test func seededModelsOfText() throws {
        let copied = try Self.planner()
        let text = try UNet1DModel(configurationJSON: copied.text, seed: 3, initialisation: .pytorch)
        let configuration = try UNet1DModel(
            configuration: text.configuration, seed: 3, initialisation: .pytorch)
        #expect(try Self.read(text) == Self.read(configuration))
        #expect(try Self.read(text) != Self.read(UNet1DModel(configurationJSON: copied.text)))
        // The text of a model's configuration makes that model.
        let again = try UNet1DModel(configurationJSON: text.configurationJSON, seed: 3, initialisation: .pytorch)
        #expect(try Self.read(again) == Self.read(text) && again.configurationJSON == text.configurationJSON)
    }

    @Test(arguments: [
        (0, "tensors: tensor \"other\": occurs twice"), (1, "has 4 bytes, but 16 are its shape's [2, 2]"),
        (2, "has the shape [-1], of which there can be no tensor"),
        (3, "has the shape [4611686018427387904, 8], of which there can be no tensor"),
        (4, "its name has more than 4096 bytes"), (5, "missing: "), (6, "has dtype I16"),
        (7, "with which all tensors have more than there can be"),
    ])
    func whatDoesNotFit(fault: Int, message: String) throws {
        let copied = try Self.planner()
        let four = UnsafeRawBufferPointer(rebasing: copied.tensors[0].bytes[..<4])
        func add(_ name: String, _ shape: [Int]) {
            copied.tensors.append(BorrowedTensor(name: name, elementType: .f32, shape: shape, bytes: four))
        }
        switch fault {
        case 0: (1...2).forEach { _ in add("other", [1]) }
        case 1: add("other", [2, 2])
        case 2: add("other", [-1])
        case 3: add("other", [1 << 62, 8])
        case 4: add(String(repeating: "x", count: 4097), [1])
        case 5: copied.tensors.removeLast()
        case 7:
            // Nothing of them is read.
            let large = UnsafeRawBufferPointer(start: four.baseAddress, count: 1 << 47)
            for name in ["a", "b", "c"] {
                copied.tensors.append(
                    BorrowedTensor(name: name, elementType: .f32, shape: [1 << 45], bytes: large))
            }
        default: copied.tensors[0].elementType = .i16
        }
        let error = #expect(throws: UNet1DError.self) { _ = try copied.model() }
        #expect("\(error!)".contains(message))
    }

    /// Errors name the text.
    @Test(arguments: [
        ("{", "configuration: "), ("{\"down_block_types\": 3}", "configuration: "),
        (String(repeating: " ", count: 1 << 20) + "{}", "configuration: "),
    ])
    func textsThatAreNone(text: String, message: String) throws {
        for error in [
            #expect(throws: UNet1DError.self) { _ = try UNet1DModel(configurationJSON: text, tensors: []) },
            #expect(throws: UNet1DError.self) { _ = try UNet1DModel(configurationJSON: text, seed: 1) },
        ] { #expect("\(error!)".hasPrefix(message)) }
    }
}
