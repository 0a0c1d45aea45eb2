import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// A forward reads nothing that it has not written: memory full of NaN before it does not change a bit.
@Suite struct PoisonTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func nothingIsReadBeforeItIsWritten(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let plan = try model.plan(tensors.shape, options: Session.Options(isa: isa))
        for guarded in [false, true] {
            var session = try Session(model: model, plan: plan, pool: Pools.pool(2), guarded: guarded)
            let expected = bits(tensors.run(&session))
            for pattern: UInt8 in [0xFF, 0x7F, 0x00] {
                // 0xFF: NaN; 0x7F: 3.4e38, which a product with zero does not hide; 0: what fresh memory holds.
                session.memory.fill(with: pattern)
                #expect(bits(tensors.run(&session)) == expected, "guarded: \(guarded), pattern \(pattern)")
            }
        }
    }

    /// The gate itself: a forward that leaves out a stage reads what it has not written, and the bits tell; unless the
    /// stage works in place. In a guarded session, where no buffer shares memory with another, whose values would hide it.
    @Test func stagesLeftOutAreNoticed() throws {
        let fixture = Fixture.named("noskip_1level")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let plan = try model.plan(tensors.shape)
        let session = try Session(model: model, plan: plan, pool: Pools.pool(1), guarded: true)
        let bound = try BoundPlan(
            plan, buffers: session.memory.buffers[0], weights: [try model.weights.pointers(for: plan)], copies: [0],
            scratch: session.memory.scratch, scratchStride: session.memory.scratchStride)
        func isNoticed() -> Bool {
            let outputs = [UInt8(0x00), 0xFF].map { pattern in
                session.memory.fill(with: pattern)
                for index in 0..<tensors.timestep.count { bound.setTimestep(index, tensors.timestep.values[index]) }
                return bits(run(bound, tensors))
            }
            return outputs[0] != outputs[1]
        }
        #expect(!isNoticed())
        var noticed = 0
        for stage in 0..<bound.stageCount - 1 {
            let tiles = bound.stageTiles[stage]
            bound.stageTiles[stage] = 0
            if isNoticed() { noticed += 1 }
            bound.stageTiles[stage] = tiles
        }
        #expect(noticed > bound.stageCount / 2, "\(noticed) of \(bound.stageCount) stages")
    }

    private func run(_ bound: borrowing BoundPlan, _ tensors: ForwardTensors) -> [Float] {
        var output = [Float](repeating: 0, count: tensors.expected.count)
        tensors.sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                bound.setEnds(sample: sample.baseAddress!, output: output.baseAddress!)
                Pools.pool(1).run(
                    context: UnsafeRawPointer(bound.context), stages: UnsafePointer(bound.stageTiles),
                    count: bound.stageCount, function: runTile)
            }
        }
        return output
    }
}
