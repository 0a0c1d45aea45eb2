import ArgumentParser
import Checkpoint
import Foundation
import KernelDispatch
import Planning

/// Writes a checkpoint of seeded weights for a folder's config.json, as diffusers' `save_pretrained` would.
struct CheckpointMaker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Writes a checkpoint of seeded weights.")

    @Argument(help: "The folder with config.json.")
    var source: String
    @Argument(help: "The folder that is made.")
    var target: String
    @Argument(help: "The seed of the weights.")
    var seed: UInt64

    func run() throws {
        let model = try ModelDirectory(source).readConfiguration()
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let configuration = target + "/config.json"
        if !FileManager.default.fileExists(atPath: configuration) {
            try FileManager.default.copyItem(atPath: source + "/config.json", toPath: configuration)
        }
        let tensors = model.network.tensors.map { tensor in
            var values = [Float](repeating: 0, count: tensor.count)
            values.withUnsafeMutableBufferPointer {
                SeededWeights.recipe(tensor, seed: seed).fill($0, kernels: Implementation.best.table)
            }
            return WritableTensor(name: tensor.name, shape: tensor.shape, values: values)
        }
        try SafetensorsWriter.write(tensors, to: target + "/diffusion_pytorch_model.safetensors")
    }
}
