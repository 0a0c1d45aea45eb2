import TestSupport
import Testing
import UNet1D

/// Checkpoints as trainers save them compute what the trainers' own modules compute.
@Suite struct TrainerForwardTests {
    @Test(arguments: [
        ("dance.ckpt", "dance"), ("stable-audio.ckpt", "stable-audio"), ("state_planner.pt", "planner"),
        ("state_value.pt", "value"),
    ])
    func agreesWithTheOriginal(name: String, folder: String) throws {
        let path = "\(Fixture.root)/trainers"
        let model = try UNet1DModel(directory: "\(path)/\(name)")
        let tensors = try ForwardTensors(path: "\(path)/\(folder)/io.safetensors", tolerance: nil)
        let tolerance = Double(try tensors.file.floats(named: "tolerance")[0])
        for isa in TestISA.all {
            for accuracy in Accuracy.allCases {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(2),
                    options: Session.Options(isa: isa, accuracy: accuracy))
                #expect(session.plan.outputShape == tensors.expectedShape)
                #expect(tensors.error(of: tensors.run(&session)) <= tolerance)
            }
        }
    }
}
