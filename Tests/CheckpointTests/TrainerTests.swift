import Foundation
import Testing

@testable import Checkpoint

/// Checkpoints as trainers save them, made by the real torch: Tests/Fixtures/Generator/trainers.py.
@Suite struct TrainerTests {
    static let folder = Fixtures.folder.appending(path: "trainers").path()

    /// Files, the folder with diffusers' configuration of the same model, and what the note on the choice says.
    static let files = [
        ("dance.ckpt", "dance", "\"state_dict.diffusion_ema.\", the average over the training steps, is loaded rather"),
        ("stable-audio.ckpt", "stable-audio", "\"state_dict.diffusion_ema.ema_model.\", the average over the training"),
        ("state_planner.pt", "planner", "\"ema.model.\", the average over the training steps, is loaded rather than"),
        ("state_value.pt", "value", "\"ema.model.\", the average over the training steps, is loaded rather than"),
    ]

    /// The tensors of a model by name, with their bytes.
    private static func bytes(_ files: ModelFiles) throws -> [String: [UInt8]] {
        var bytes: [String: [UInt8]] = [:]
        for expected in files.expectedTensors {
            bytes[expected.name] = try files.tensors.bytes(of: files.tensors.tensor(named: expected.name))
        }
        return bytes
    }

    private static func isRowOfTaps(_ tensor: StoredTensor, _ files: ModelFiles, factor: Float) throws -> Bool {
        tensor.elementType.doubles(try files.tensors.bytes(of: tensor))
            == SeededWeights.taps.map { Double(factor * $0) }
    }

    @Test(arguments: files)
    func configurationIsThatOfDiffusers(name: String, folder: String, note: String) throws {
        let path = "\(Self.folder)/\(name)"
        let files = try ModelDirectory(path).open()
        let json = try Data(contentsOf: URL(filePath: "\(Self.folder)/\(folder)/config.json"))
        var (expected, _) = try UNet1DConfiguration.parse(Array(json), file: "config.json")
        // The file has no version; the width of the Fourier embedding holds for every version.
        expected.diffusersVersion = nil
        if expected.timeEmbeddingType == .fourier { expected.timeEmbeddingDim = 16 }
        #expect(files.network.configuration == expected)
        #expect(files.notes.contains { $0.contains(note) }, "\(files.notes)")
        #expect(try ModelDirectory(path).readConfiguration().network.configuration == expected)
        #expect(files.expectedTensors.allSatisfy { files.tensors[$0.name]?.shape == $0.shape })
        // Every tensor of the average is used, each once.
        #expect(files.tensors.tensors.count == files.expectedTensors.count)
    }

    /// The original's order is that of diffusers, tensor by tensor: so its conversion script maps them.
    @Test(arguments: [("state_planner.pt", "planner"), ("state_value.pt", "value")])
    func namesFollowTheOrder(name: String, folder: String) throws {
        let path = "\(Self.folder)/\(name)"
        let groups = try TorchFile(path: path, foreign: .skipped).groups
        let old = try #require(groups.first { $0.path == ["ema"] }).tensors.filter { $0.name.hasPrefix("model.") }
        let data = try Data(contentsOf: URL(filePath: "\(Self.folder)/\(folder)/names.json"))
        let new = try JSONDecoder().decode([String].self, from: data)
        #expect(new.count == old.count && new.count > 60)
        let tensors = try ModelDirectory(path).open().tensors
        for (old, new) in zip(old, new) { #expect(tensors[new] == old.named(new)) }
    }

    /// Fused projections become thirds, 1×1 convolutions linear layers; no element moves.
    @Test func fusedTensorsAreSlices() throws {
        let path = Self.folder + "/dance.ckpt"
        let groups = try TorchFile(path: path, foreign: .skipped).groups
        let old = try #require(groups.first { $0.path == ["state_dict"] }).tensors
        let fused = try #require(
            old.first { $0.name == "diffusion_ema.net.3.main.7.main.7.main.9.qkv_proj.weight" })
        let tensors = try ModelDirectory(path).open().tensors
        for (i, name) in ["query", "key", "value"].enumerated() {
            let tensor = try tensors.tensor(named: "mid_block.attentions.3.\(name).weight")
            #expect(tensor.shape == [32, 32] && fused.shape == [96, 32, 1])
            #expect(tensor.position == fused.position + i * fused.byteCount / 3)
        }
    }

    // MARK: - Nothing is run

    /// The files hold a Namespace, a Lightning callback, and an object that runs a command if Python loads it.
    @Test(arguments: files)
    func nothingIsRun(name: String, folder: String, note: String) throws {
        let flag = (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/unet1d_trainer_flag"
        try? FileManager.default.removeItem(atPath: flag)
        let path = "\(Self.folder)/\(name)"
        _ = try ModelDirectory(path).open()
        #expect(!FileManager.default.fileExists(atPath: flag))
        // As plain weights the same file is refused, for the class that it names first.
        let error = #expect(throws: CheckpointError.self) { try TorchFile(path: path, foreign: .refused) }
        guard case .refusedGlobal = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        if name != "stable-audio.ckpt" {
            let content = try Data(contentsOf: URL(filePath: path))
            #expect(content.range(of: Data("posix\nsystem\n".utf8)) != nil)
            #expect(content.range(of: Data("argparse\nNamespace\n".utf8)) != nil)
        } else {
            let content = try Data(contentsOf: URL(filePath: path))
            #expect(content.range(of: Data("model_checkpoint\nModelCheckpoint\n".utf8)) != nil)
        }
    }

    // MARK: - Kernels

    @Test func storedKernelsAreTaken() throws {
        let files = try ModelDirectory(Self.folder + "/dance.ckpt").open()
        var count = 0
        for expected in files.expectedTensors where expected.name.hasSuffix(".kernel") {
            let tensor = try files.tensors.tensor(named: expected.name)
            let isUp = expected.role == .upsamplingKernel
            #expect(try Self.isRowOfTaps(tensor, files, factor: isUp ? 2 : 1))
            #expect(files.tensors.path(of: tensor).hasSuffix("dance.ckpt"))
            count += 1
        }
        #expect(count == 6 && !files.notes.contains { $0.contains("kernels") })
    }

    /// An export of stable-audio-tools as safetensors, here without kernels: diffusers' constants take their place.
    @Test func missingKernelsAreConstants() throws {
        let reference = try ModelDirectory(Self.folder + "/dance.ckpt").open()
        try TrainedTensors("dance.ckpt", "diffusion_ema.").with(prefix: "model.") { tensors in
            tensors.removeAll { $0.name.hasSuffix(".kernel") }
        } _: { path in
            let files = try ModelDirectory(path).open()
            for expected in files.expectedTensors {
                let tensor = try files.tensors.tensor(named: expected.name)
                let other = try reference.tensors.tensor(named: expected.name)
                #expect(
                    tensor.elementType.doubles(try files.tensors.bytes(of: tensor))
                        == other.elementType.doubles(try reference.tensors.bytes(of: other)))
            }
            #expect(files.notes.contains { $0.contains("holds no resampling kernels") })
            #expect(files.notes.contains { $0.contains("has no average of the model") })
        }
    }

    // MARK: - Which model

    @Test func whatTheCallerKnows() throws {
        let known = ModelLookup(sampleSize: 4096, sampleRate: 44100)
        let told = try ModelDirectory(Self.folder + "/dance.ckpt", lookup: known).open().network.configuration
        #expect(told.sampleSize == 1024 && told.sampleRate == 16000)
        let silent = Self.folder + "/stable-audio.ckpt"
        let given = try ModelDirectory(silent, lookup: known).open()
        #expect(given.network.configuration.sampleSize == 4096 && given.network.configuration.sampleRate == 44100)
        #expect(!given.notes.contains { $0.contains("does not tell") })
        let unknown = try ModelDirectory(silent).open()
        #expect(unknown.network.configuration.sampleSize == nil)
        #expect(unknown.notes.filter { $0.contains("does not tell sample_") }.count == 2)
    }

    /// A folder with config.json does not take a trainer's file for its weights; named, the file has its own configuration.
    @Test func besideAConfiguration() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/dance.ckpt"
            try FileManager.default.copyItem(atPath: Self.folder + "/dance.ckpt", toPath: path)
            try FileManager.default.copyItem(
                atPath: Self.folder + "/planner/config.json", toPath: folder + "/config.json")
            #expect(throws: CheckpointError.noWeights(folder: folder)) { try ModelDirectory(folder).open() }
            let own = try ModelDirectory(path).open()
            #expect(own.network.configuration.blockOutChannels == [8, 32, 32])
            let named = ModelLookup(configuration: Self.folder + "/dance/config.json")
            let files = try ModelDirectory(path, lookup: named).open()
            #expect(files.network.configuration.diffusersVersion != nil)
            #expect(try Self.bytes(files) == Self.bytes(own))
            let another = ModelLookup(configuration: folder + "/config.json")
            #expect(throws: CheckpointError.self) { try ModelDirectory(path, lookup: another).open() }
        }
    }

    @Test func severalModels() throws {
        try TrainedTensors("state_planner.pt", "model.", group: "ema").with(prefix: "first.ema.") { tensors in
            tensors += tensors.map {
                WritableTensor(name: "second.ema." + $0.name.dropFirst(10), shape: $0.shape, values: $0.values)
            }
        } _: { path in
            #expect(throws: CheckpointError.severalPrefixes(file: path, prefixes: ["first.ema.", "second.ema."])) {
                try ModelDirectory(path)
            }
        }
    }

    /// What the file holds and what would be accepted.
    @Test func unknownFiles() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/last.ckpt"
            let nested = Fixtures.folder.appending(path: "formats/nested/diffusion_pytorch_model.bin").path()
            try FileManager.default.copyItem(atPath: nested, toPath: path)
            let error = #expect(throws: CheckpointError.self) { try ModelDirectory(path) }
            let text = try #require(error?.description)
            for part in [
                "\"state_dict\" of ", " tensors, the first ", "DiffusionAttnUnet1D", "state_*.pt", "config.json",
            ] {
                #expect(text.contains(part), "\(text)")
            }
            try Data("no tensors".utf8).write(to: URL(filePath: path))
            #expect(throws: CheckpointError.self) { try ModelDirectory(path) }
            try SafetensorsWriter.write([], to: path)
            #expect(error?.isOneGoodLine == true && throwsOneGoodLine(path))
        }
    }

    private func throwsOneGoodLine(_ path: String) -> Bool {
        do {
            _ = try ModelDirectory(path)
            return false
        } catch {
            return error.isOneGoodLine
        }
    }
}

/// The tensors of one of a trainer's models as numbers, to be changed and written as safetensors.
struct TrainedTensors {
    var tensors: [WritableTensor]

    init(_ name: String, _ prefix: String, group: String = "state_dict") throws {
        let file = try TorchFile(path: "\(TrainerTests.folder)/\(name)", foreign: .skipped)
        let stored = try #require(file.groups.first { $0.path == [group] }).tensors
        let dict = StateDict(path: name, files: [file.file], tensors: stored.filter { $0.name.hasPrefix(prefix) })
        tensors = try dict.tensors.map {
            WritableTensor(
                name: String($0.name.dropFirst(prefix.count)), shape: $0.shape,
                values: $0.elementType.doubles(try dict.bytes(of: $0)).map { Float($0) })
        }
    }

    /// Writes the tensors after an edit, under a prefix.
    func with(
        prefix: String = "", _ edit: (inout [WritableTensor]) -> Void, _ body: (_ path: String) throws -> Void
    ) throws {
        try Fixtures.withTemporaryFolder { folder in
            var edited = tensors.map { WritableTensor(name: prefix + $0.name, shape: $0.shape, values: $0.values) }
            edit(&edited)
            let path = folder + "/model.safetensors"
            try SafetensorsWriter.write(edited, to: path)
            try body(path)
        }
    }
}
