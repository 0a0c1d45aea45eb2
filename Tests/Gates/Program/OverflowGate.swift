import ArgumentParser
import TestSupport
import UNet1D

/// A forward whose output is a heap block of one element less than its span says: AddressSanitizer must report it.
struct OverflowGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overflow", abstract: "An output that is too small, for AddressSanitizer.")

    func run() throws {
        let fixture = Fixture.named("noskip_1level")
        let tensors = try fixture.requiredTensors()
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        let count = session.plan.outputCount
        let block = UnsafeMutablePointer<Float>.allocate(capacity: count - 1)
        var output = MutableSpan(_unsafeStart: block, count: count)
        session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &output)
        print("overflow: \(output[count - 1])")
        block.deallocate()
    }
}
