import TestSupport
import Testing

@testable import UNet1D

/// Sample and output may share memory.
@Suite struct AliasingTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func outputMayOverwriteTheSample(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(2), options: Session.Options(isa: isa))
        let expected = bits(tensors.run(&session))
        let count = max(tensors.sample.count, expected.count)
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { memory.deallocate() }
        memory.initialize(repeating: .nan)
        _ = memory.update(from: tensors.sample)
        let sample = UnsafeBufferPointer(start: memory.baseAddress, count: tensors.sample.count)
        let output = UnsafeMutableBufferPointer(start: memory.baseAddress, count: expected.count)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: tensors.timestep, output: &span)
        #expect(bits(Array(output)) == expected)
    }
}
