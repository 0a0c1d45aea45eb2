import Checkpoint
import TestSupport
import Testing
import UNet1D

/// The library's interfaces beside `unet1d-bench forward`: the same bits, for every fixture.
@Suite(.serialized) struct BindingBitsTests {
    @Test(arguments: Fixture.numeric) func swiftGivesTheCommandsBits(fixture: Fixture) throws {
        let tensors = try #require(try fixture.tensors())
        let folder = try TemporaryFolder()
        let path = folder.path + "/out.safetensors"
        let command = try Command([
            "forward", "--model", fixture.directory, "--tensors", tensors.file.path, "--output", path,
        ])
        #expect(command.status == 0, "\(command.errors)")
        let written = try TensorFile(path: path)
        let expected = try written.floats(named: "sample").map(\.bitPattern)

        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(3))
        #expect(tensors.run(&session).map(\.bitPattern) == expected)
        let output = try model(Tensor(tensors.sample, shape: tensors.sampleShape), timestep: tensors.timestep).sample
        #expect(output.scalars.map(\.bitPattern) == expected)
        #expect(try written.tensor(named: "sample").shape == output.shape)
    }
}
