import Foundation
import TestSupport
import Testing
import UNet1DSampling

/// Folders of pipelines, and the lengths at which their models run.
struct PipelineTests {
    private static let model = Fixture.root + "/../../Profiles/Models/ecg-512"

    /// The scheduler lies beside the model, however that is named.
    @Test(arguments: [
        "pipe", "pipe/", "pipe//", "pipe/unet", "pipe/unet/", "pipe/unet//", "pipe/unet/.", "pipe/./unet/", "link",
        "link/",
        "pipe/unet/../unet",
    ])
    func theSchedulerIsFound(name: String) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let pipe = root.appending(path: "pipe").path
        try FileManager.default.copyItem(atPath: Self.model, toPath: pipe)
        try FileManager.default.createSymbolicLink(
            atPath: root.appending(path: "link").path, withDestinationPath: pipe + "/unet")
        let folder = try PipelineFolder(root.path + "/" + name)
        #expect(try folder.scheduler().name == "IPNDMScheduler", "\(folder.model)")
    }

    /// Source: diffusers 0.26.3, pipeline_dance_diffusion.py.
    @Test(arguments: [
        (96.0, 96, 96), (96.5, 96, 128), (97, 97, 128), (127.5, 127, 128), (128, 128, 128), (128.25, 128, 160),
    ])
    func secondsBecomePositions(positions: Double, length: Int, running: Int) throws {
        let pipeline = try DanceDiffusionPipeline(directory: Self.model, pool: Pools.pool(1))
        #expect(try pipeline.length(seconds: positions / 180) == length)
        #expect(try pipeline.runningLength(seconds: positions / 180) == running)
        let request = DanceDiffusionPipeline.Request(seconds: positions / 180, steps: 1)
        let plan = try pipeline.sampler(request).session.plan
        #expect(plan.shape.length == running)
        #expect(try pipeline.generate(request)?.shape == [1, 1, length])
    }

    @Test func lessThanThreePositionsOfTheDeepestLevel() throws {
        let pipeline = try DanceDiffusionPipeline(directory: Self.model, pool: Pools.pool(1))
        #expect(throws: SamplingError.self) { try pipeline.runningLength(seconds: 95.5 / 180) }
    }
}
