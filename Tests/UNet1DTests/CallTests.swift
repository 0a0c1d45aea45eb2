import TestSupport
import Testing
import UNet1D

/// Calls as in diffusers: the bits of `forward`, and errors where `forward` would trap.
@Suite struct CallTests {
    private static let planner = Fixture.named("real_hopper_h32")
    private static let small = Fixture.named("dance5_small")

    @Test(arguments: Fixture.numeric) func callsGiveTheBitsOfForward(fixture: Fixture) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let sample = try Tensor(tensors.sample, shape: tensors.sampleShape)
        for isa in TestISA.all {
            let options = Session.Options(isa: isa)
            var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2), options: options)
            let expected = bits(tensors.run(&session))
            let alone = try model(sample, timestep: tensors.timestep, options: options).sample
            let together = try model(sample, timestep: tensors.timestep, options: options, pool: Pools.pool(3)).sample
            let again = try session(sample, timestep: tensors.timestep).sample
            for output in [alone, together, again] {
                #expect(output.shape == tensors.expectedShape)
                #expect(bits(output.scalars) == expected)
            }
        }
    }

    @Test func readsAsInDiffusers() throws {
        let model = try UNet1DModel(directory: Self.planner.directory)
        let sample = try Tensor(Array(repeating: 0.25, count: 2 * 14 * 32), shape: [2, 14, 32])
        let output = try model(sample, timestep: Timestep([10])).sample
        #expect(output.shape == [2, 14, 32])
        #expect(try model(sample, timestep: Timestep(10)).sample == output)
        #expect(try model(sample, timestep: Timestep(truncating: 10.7)).sample == output)
        #expect(try model(sample, timestep: Timestep([10.5])).sample != output)
        #expect(try model(sample, timestep: Timestep([10, 10])).sample.shape == output.shape)
    }

    @Test func timestepsAreThoseOfTheReference() throws {
        #expect(try Timestep([3, 7]) == Timestep([3, 7]))
        #expect(try Timestep([0.5]) == Timestep(0.5))
        let floats: [Float] = [0.5, 2]
        #expect(try Timestep(floats) == Timestep([0.5, 2.0]))
        #expect(try Timestep(truncating: -0.9) == Timestep(0))
        #expect(throws: UNet1DError.self) { try Timestep([Int]()) }
        for value in [Double.nan, .infinity, -.infinity, 1e19] {
            #expect(throws: UNet1DError.self) { try Timestep(truncating: value) }
        }
    }

    @Test func aSessionSelectsTheShapeOfTheSample() throws {
        let model = try UNet1DModel(directory: Self.planner.directory)
        let shapes = [ForwardShape(batch: 1, length: 32), ForwardShape(batch: 3, length: 64)]
        var session = try Session(model: model, shapes: shapes, pool: Pools.pool(2))
        for shape in shapes.reversed() {
            let count = shape.batch * 14 * shape.length
            let sample = try Tensor((0..<count).map { Float($0 % 7) }, shape: [shape.batch, 14, shape.length])
            let output = try session(sample, timestep: Timestep([4]))
            #expect(session.plan.shape == shape)
            #expect(try model(sample, timestep: Timestep([4])) == output)
        }
        let other = try Tensor(Array(repeating: 0, count: 14 * 16), shape: [1, 14, 16])
        #expect(refusal { _ = try session(other, timestep: Timestep([4])) }.contains("length 16"))
        let sample = try Tensor(Array(repeating: 0, count: 14 * 32), shape: [1, 14, 32])
        #expect(refusal { _ = try session(sample, timestep: Timestep([4, 5])) }.contains("timesteps 2"))
    }

    @Test func whatIsNoSampleIsRefused() throws {
        let model = try UNet1DModel(directory: Self.planner.directory)
        func call(_ shape: [Int], _ timestep: Timestep = Timestep(1)) throws {
            _ = try model(Tensor(Array(repeating: 0, count: shape.reduce(1, *)), shape: shape), timestep: timestep)
        }
        #expect(
            refusal { try call([14, 32]) }
                == "shape: found a sample of shape (14, 32), expected (batch, 14 channels, length)")
        #expect(refusal { try call([1, 32, 14]) }.contains("(1, 32, 14)"))
        #expect(refusal { try call([]) }.contains("()"))
        #expect(refusal { try call([0, 14, 32]) }.contains("batch is 0"))
        #expect(refusal { try call([2, 14, 32], Timestep([1, 2, 3])) }.contains("3 timesteps"))
    }

    @Test func aTensorHasTheNumbersOfItsShape() throws {
        var tensor = try Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(tensor[1, 2, 3] == 23 && tensor[1, 0, 2] == 14)
        tensor[1, 0, 2] = -1
        #expect(tensor.scalars[14] == -1)
        #expect(try Tensor([], shape: [0, 3]).scalars.isEmpty)
        for shape in [[2, 3], [-2, -12], [Int.max, 2], [24, 2]] {
            #expect(refusal { _ = try Tensor(Array(repeating: 0, count: 24), shape: shape) }.contains("24 scalars"))
        }
    }

    @Test func packedWeightsAreAllThatACallLeaves() throws {
        let model = try UNet1DModel(directory: Self.small.directory)
        let tensors = try #require(try Self.small.tensors())
        let sample = try Tensor(tensors.sample, shape: tensors.sampleShape)
        let first = try model(sample, timestep: tensors.timestep)
        let packed = model.packedWeightBytes
        #expect(packed > 0)
        #expect(try model(sample, timestep: tensors.timestep) == first)
        #expect(model.packedWeightBytes == packed)
    }
}

/// The text of what `body` throws; empty if it throws nothing.
private func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch { return "\(error)" }
}
