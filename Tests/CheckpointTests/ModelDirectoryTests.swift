import Foundation
import Testing

@testable import Checkpoint

@Suite struct ModelDirectoryTests {
    private static let model = Fixtures.visible.appending(path: "resnet_1level")

    private static func refusal(_ path: String) -> CheckpointError? {
        guard case .failure(let error) = Fixtures.open(path) else { return nil }
        return error
    }

    @Test func pipelineFolders() throws {
        try Fixtures.withTemporaryFolder { folder in
            try FileManager.default.copyItem(atPath: Self.model.path(), toPath: folder + "/unet")
            let files = try ModelDirectory(folder).open()
            #expect(files.path == folder + "/unet")
            #expect(try ModelDirectory(folder + "/").open().network.configuration == files.network.configuration)
        }
    }

    @Test func configurationAloneIsEnoughForAPlan() throws {
        try Fixtures.withTemporaryFolder { folder in
            try FileManager.default.copyItem(
                atPath: Self.model.path() + "/config.json", toPath: folder + "/config.json")
            #expect(try ModelDirectory(folder).readConfiguration().network.configuration.inChannels == 3)
            #expect(Self.refusal(folder) == .noWeights(folder: folder))
        }
    }

    @Test func frequenciesComeFromTheCheckpoint() throws {
        try Fixtures.withTemporaryFolder { folder in
            let configuration = UNet1DConfiguration(
                extraInChannels: 64, downBlockTypes: [.downBlock1DNoSkip], upBlockTypes: [], blockOutChannels: [32])
            try Data(
                #"{"extra_in_channels":64,"down_block_types":["DownBlock1DNoSkip"],"up_block_types":[],"block_out_channels":[32]}"#
                    .utf8
            ).write(to: URL(filePath: folder + "/config.json"))
            let tensors = try Network(configuration, fourierFrequencies: 32).tensors.map { tensor in
                let recipe = SeededWeights.recipe(tensor)
                return WritableTensor(
                    name: tensor.name, shape: tensor.shape, values: (0..<tensor.count).map(recipe.value))
            }
            try SafetensorsWriter.write(tensors, to: folder + "/diffusion_pytorch_model.safetensors")
            let files = try ModelDirectory(folder).open()
            #expect(files.network.fourierFrequencies == 32)
            #expect(files.network.configuration == configuration)
            #expect(try ModelDirectory(folder).readConfiguration().network.fourierFrequencies == 32)
        }
    }

    @Test func foldersThatAreNone() throws {
        try Fixtures.withTemporaryFolder { folder in
            #expect(Self.refusal(folder) == .noConfiguration(folder: folder, others: []))
            #expect(Self.refusal(folder + "/missing") != nil)
            #expect(Self.refusal("") != nil)
            #expect(Self.refusal(folder + "\0x") != nil)
            #expect(
                Self.refusal(folder + "/missing") == .notFound(path: folder + "/missing", cache: nil))
        }
    }

    @Test func filesThatAreNone() throws {
        try Fixtures.withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/config.json", withIntermediateDirectories: true)
            #expect(Self.refusal(folder) == .notARegularFile(file: folder + "/config.json"))
        }
        try Fixtures.withTemporaryFolder { folder in
            // A pipe would keep a reader waiting for ever.
            #expect(mkfifo(folder + "/config.json", 0o600) == 0)
            #expect(Self.refusal(folder) == .notARegularFile(file: folder + "/config.json"))
        }
        try Fixtures.withTemporaryFolder { folder in
            try Data(count: UNet1DConfiguration.maximumFileBytes + 1).write(to: URL(filePath: folder + "/config.json"))
            #expect(
                Self.refusal(folder)
                    == .fileTooLarge(
                        file: folder + "/config.json", bytes: UNet1DConfiguration.maximumFileBytes + 1,
                        limit: UNet1DConfiguration.maximumFileBytes))
        }
    }

    /// A file that is cut while it is open gives an error, not a signal.
    @Test func shrinkingFiles() throws {
        try Fixtures.withTemporaryFolder { folder in
            try FileManager.default.copyItem(atPath: Self.model.path(), toPath: folder + "/model")
            let files = try ModelDirectory(folder + "/model").open()
            #expect(truncate(files.tensors.path, 20) == 0)
            #expect(throws: CheckpointError.fileShrank(file: files.tensors.path)) {
                try files.tensors.bytes(of: try files.tensors.tensor(named: files.expectedTensors[0].name))
            }
        }
    }

    @Test func manyProblemsGiveAShortMessage() throws {
        try Fixtures.withTemporaryFolder { folder in
            let path = folder + "/empty.safetensors"
            try SafetensorsWriter.write([WritableTensor(name: "x", shape: [1], values: [0])], to: path)
            let expected = try Network(PublishedModel.danceDiffusion.configuration).tensors
            do throws(CheckpointError) {
                _ = try StateDict(try TensorFile(path: path)).fitted(to: expected)
                Issue.record("accepted")
            } catch {
                #expect(error.isOneGoodLine)
                #expect(error.description.contains("and \(expected.count - 8) more"))
            }
        }
    }
}
