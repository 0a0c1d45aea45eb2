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
        precondition(elements.count == tensor.byteCount)
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

private let folder: String = {
    let folder = FileManager.default.temporaryDirectory.path + "/fuzz-index-\(getpid())"
    do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (number, name) in ["a", "b"].enumerated() {
            try SafetensorsWriter.write(
                [WritableTensor(name: name, shape: [2], values: [1, 2])],
                to: "\(folder)/diffusion_pytorch_model-0000\(number + 1)-of-00002.safetensors")
        }
    } catch {
        preconditionFailure("\(error)")
    }
    return folder
}()

/// The index of two shards.
func fuzzIndex(_ bytes: [UInt8]) {
    do {
        try Data(bytes).write(to: URL(filePath: folder + "/diffusion_pytorch_model.safetensors.index.json"))
        let files = WeightFiles(folder: ContainedFolder(folder, cache: HubCache()), variant: nil, single: nil)
        try read(files.open(), inputBytes: bytes.count)
    } catch {
        check(error)
    }
}
