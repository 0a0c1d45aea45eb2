import Foundation
import TestSupport

@testable import BenchKit
@testable import Checkpoint
@testable import UNet1D

private let file = MemoryFile()
private let output = InputFolder("saved")

/// A trainer's file, which begins as a pickle does, or choices of edits of the fixtures' tensors: the model is found in it,
/// renamed and checked, and where it is small, read and saved as diffusers has it.
func fuzzTrainer(_ bytes: [UInt8]) {
    if (try? FileDescriptor(path: "bytes", holding: bytes).isPickle()) ?? false {
        file.hold(bytes)
    } else {
        var choices = Choices(bytes)
        guard let (header, zeros) = EditedTensors(using: &choices).file else { return }
        file.hold(header, zeros: zeros)
    }
    do {
        let known = ModelLookup(sampleSize: 64, sampleRate: 8000)
        let model = try UNet1DModel(directory: file.path, lookup: known)
        check(model.notes)
        guard model.network.parameters < 1 << 18 else { return }
        check(try model.save(to: output.path, dtype: bytes.count % 2 == 0 ? .f16 : .f32).notes)
        let saved = try UNet1DModel(directory: output.path)
        require(saved.network.tensors == model.network.tensors, "other tensors")
        inspect(file.path)
    } catch {
        check(error)
    }
}

/// The tensors of a trainer's file with edits, which random numbers choose.
private struct EditedTensors {
    private typealias Tensor = (name: String, shape: [Int])

    private static let names = ["dance.ckpt", "stable-audio.ckpt", "state_planner.pt", "state_value.pt"]

    /// What the fixtures hold.
    private static let originals: [[Tensor]] = names.map { name in
        do {
            let file = try TrainerFile(FileDescriptor(reading: "\(Fixture.root)/trainers/\(name)"))
            let largest = file.groups.max { $0.tensors.count < $1.tensors.count }
            return largest.map { $0.tensors.map { ($0.name, $0.shape) } } ?? []
        } catch {
            fatalError("\(error)")
        }
    }

    private static let sizes = [0, 1, 2, 3, 4, 5, 7, 8, 14, 16, 24, 31, 32, 33, 48, 64, 96, 1 << 16, 1 << 30]
    private static let prefixes = ["", "ema.", "model.", "module.", "online_model.", "ema_model.", "x."]
    private static let parts = ["main", "alpha", "fn", "conv", "weight", "bias", "kernel", "0", "7", "14", "é"]
    private static let types: [ElementType] = [.f32, .f16, .bf16, .f64, .f8E4M3, .i64, .bool]

    private var tensors: [Tensor]
    private let type: ElementType

    /// One of the originals with up to four edits.
    init(using choices: inout Choices) {
        tensors = choices.one(of: Self.originals)
        type = choices.one(of: Self.types)
        for _ in 0..<Int.random(in: 0...4, using: &choices) where !tensors.isEmpty { edit(&choices) }
    }

    /// The beginning of a safetensors file, and the bytes of the tensors; nil for names and sizes that no file has.
    var file: (header: [UInt8], zeros: Int)? {
        let bytes = tensors.reduce(0.0) { $0 + $1.shape.reduce(8) { $0 * Double($1) } }
        guard bytes < 1e15,
            let header = try? SafetensorsWriter.header(tensors, type: type, metadata: [:], path: "tensors")
        else { return nil }
        return (header, tensors.reduce(0) { $0 + $1.shape.reduce(type.bits / 8, *) })
    }

    private mutating func edit(_ choices: inout Choices) {
        let at = Int.random(in: 0..<tensors.count, using: &choices)
        var parts = tensors[at].name.split(separator: ".").map(String.init)
        let part = Int.random(in: 0..<parts.count, using: &choices)
        switch Int.random(in: 0..<8, using: &choices) {
        case 0: tensors.remove(at: at)
        case 1:
            // A layer, or all layers of a kind.
            let text = parts[part...].joined(separator: ".")
            tensors.removeAll { $0.name.hasSuffix(text) }
        case 2:
            let text = parts[...part].joined(separator: ".")
            tensors.removeAll { $0.name.hasPrefix(text) }
        case 3:
            parts[part] = choices.one(of: Self.parts)
            tensors[at].name = parts.joined(separator: ".")
        case 4:
            // Another copy.
            let (old, new) = (parts[...part].joined(separator: ".") + ".", choices.one(of: Self.prefixes))
            tensors += tensors.filter { $0.name.hasPrefix(old) }.map { (new + $0.name.dropFirst(old.count), $0.shape) }
        case 5:
            // Another width throughout.
            guard let old = tensors[at].shape.first else { return }
            let new = choices.one(of: Self.sizes)
            for i in tensors.indices { tensors[i].shape = tensors[i].shape.map { $0 == old ? new : $0 } }
        case 6: tensors[at].shape.append(choices.one(of: Self.sizes))
        default:
            guard !tensors[at].shape.isEmpty else { return }
            let dimension = Int.random(in: tensors[at].shape.indices, using: &choices)
            tensors[at].shape[dimension] = choices.one(of: Self.sizes)
        }
    }
}
