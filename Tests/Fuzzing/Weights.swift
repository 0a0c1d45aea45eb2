import Foundation
import TestSupport

@testable import Checkpoint

private let file = MemoryFile()

/// Tensors that a network might expect, some of which the seeds hold.
private let expected = [
    ExpectedTensor(name: "a", shape: [2], role: .bias), ExpectedTensor(name: "b.c", shape: [1, 3], role: .linear),
]

/// Reads every tensor that is no larger than the input.
private func read(_ dict: StateDict, inputBytes: Int) throws {
    check(dict.notes)
    var bytes = 0
    for tensor in dict.tensors where tensor.byteCount <= inputBytes && bytes < 16 * inputBytes {
        bytes += tensor.byteCount
        let elements = try dict.bytes(of: tensor)
        require(elements.count == tensor.byteCount, tensor.name)
    }
    check(try dict.fitted(to: expected).notes)
}

/// A safetensors file.
func fuzzSafetensors(_ bytes: [UInt8]) {
    file.hold(bytes)
    do {
        let tensors = try TensorFile(path: file.path)
        for tensor in tensors.tensors {
            do { _ = try tensors.floats(named: tensor.name) } catch { check(error) }
            do { _ = try tensors.numbers(named: tensor.name) } catch { check(error) }
            do { _ = try tensors.integers(named: tensor.name) } catch { check(error) }
        }
        try read(StateDict(tensors), inputBytes: bytes.count)
    } catch {
        check(error)
    }
}

/// A file of torch.save, in either form.
private func readTorchFile(_ bytes: [UInt8], _ foreign: PickleMachine.Foreign) {
    file.hold(bytes)
    do {
        try read(StateDict(pickle: TorchFile(path: file.path, foreign: foreign)), inputBytes: bytes.count)
    } catch {
        check(error)
    }
}

/// A pickle: as a file of its own, in the legacy form perhaps, and as the pickle of an archive.
func fuzzPickle(_ bytes: [UInt8]) {
    readTorchFile(bytes, .refused)
    let storages = (0..<2).map { ZipBytes.Entry("archive/data/\($0)", Array(repeating: 0x3C, count: 24)) }
    readTorchFile(ZipBytes([ZipBytes.Entry("archive/data.pkl", bytes)] + storages).bytes, .skipped)
}

/// A zip archive of torch.save.
func fuzzZip(_ bytes: [UInt8]) {
    readTorchFile(bytes, .refused)
}

/// Two shards, and their index.
private let folder: InputFolder = {
    let folder = InputFolder("index")
    do {
        for (number, name) in ["a", "b"].enumerated() {
            try SafetensorsWriter.write(
                [WritableTensor(name: name, shape: [2], values: [1, 2])],
                to: "\(folder.path)/diffusion_pytorch_model-0000\(number + 1)-of-00002.safetensors")
        }
    } catch {
        fatalError("\(error)")
    }
    return folder
}()

/// The index of two shards.
func fuzzIndex(_ bytes: [UInt8]) {
    folder.hold(bytes, as: "diffusion_pytorch_model.safetensors.index.json")
    do {
        let files = WeightFiles(folder: ContainedFolder(folder.path, cache: HubCache()), variant: nil, single: nil)
        try read(files.open(), inputBytes: bytes.count)
    } catch {
        check(error)
    }
}
