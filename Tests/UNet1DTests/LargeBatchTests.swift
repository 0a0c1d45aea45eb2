import TestSupport
import Testing

@testable import UNet1D

/// Batches so large that positions are set off from one another: every fixture's elements, repeated, give its outputs, repeated.
@Suite struct LargeBatchTests {
    /// Fixtures with a timestep for all elements or one for each.
    private static let fixtures = Fixture.numeric.filter { fixture in
        guard let shape = try? fixture.tensors()?.shape else { return false }
        return shape.timesteps == 1 || shape.timesteps == shape.batch
    }

    @Test(arguments: fixtures, [16, 24])
    func elementsAgreeWithReference(fixture: Fixture, batch: Int) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let own = tensors.sampleShape[0]
        func repeated(_ values: [Float]) -> [Float] {
            let count = values.count / own
            return (0..<batch).flatMap { values[$0 % own * count..<($0 % own + 1) * count] }
        }
        let needsAll = model.configuration.outBlockType == .valueFunction
        let timesteps = tensors.timestep.count == 1 && !needsAll ? 1 : batch
        let timestep = try Timestep((0..<timesteps).map { tensors.timestep.values[$0 % tensors.timestep.count] })
        let sample = repeated(tensors.sample)
        let expected = repeated(tensors.expected)
        let shape = ForwardShape(batch: batch, length: tensors.shape.length, timesteps: timesteps)
        for isa in TestISA.all {
            for accuracy in Accuracy.allCases {
                var session = try Session(
                    model: model, shape: shape, pool: Pools.pool(2),
                    options: Session.Options(isa: isa, accuracy: accuracy))
                var output = [Float](repeating: .nan, count: session.plan.outputCount)
                var span = output.mutableSpan
                session.forward(sample: sample.span, timestep: timestep, output: &span)
                #expect(largestDifference(output, expected) <= tensors.tolerance, "\(isa), \(accuracy)")
            }
        }
    }
}
