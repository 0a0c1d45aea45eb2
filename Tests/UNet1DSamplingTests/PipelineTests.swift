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
}
