import Checkpoint
import KernelDispatch
import Planning
import Testing

/// Shapes at the edge of what can be planned: a plan or an error, never a trap.
@Suite struct ShapeTests {
    static let kernelType = UNet1DConfiguration(extraInChannels: 16)
    static let resnetType = UNet1DConfiguration(
        inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
        downBlockTypes: [.downResnetBlock1D, .downResnetBlock1D], upBlockTypes: [.upResnetBlock1D],
        midBlockType: .midResTemporalBlock1D, outBlockType: .outConv1DBlock, blockOutChannels: [32, 64], actFn: .mish)

    private func plan(_ configuration: UNet1DConfiguration, _ shape: ForwardShape) throws -> Plan {
        try Plan(network: try Network(configuration), shape: shape, implementation: .best)
    }

    @Test(arguments: [-1, 0, 1 << 31, Int.max], [kernelType, resnetType])
    func sizesBeyondReasonAreErrors(size: Int, configuration: UNet1DConfiguration) {
        for shape in [
            ForwardShape(batch: size, length: 64), ForwardShape(batch: 2, length: size),
            ForwardShape(batch: 1 << 20, length: 1 << 20), ForwardShape(batch: 1, length: 64, timesteps: size),
        ] {
            #expect(throws: PlanningError.self) { try plan(configuration, shape) }
        }
    }

    @Test func hugeShapesArePlanned() throws {
        let plan = try plan(Self.kernelType, ForwardShape(batch: 1, length: 1 << 30))
        #expect(plan.arenaBytes > 1 << 38)
        #expect(plan.multiplyAdds > 0)
    }

    /// Equal shapes give equal plans; what decides bits gives another identifier.
    @Test func identifierNamesWhatDecidesBits() throws {
        let shape = ForwardShape(batch: 1, length: 64)
        let first = try plan(Self.resnetType, shape)
        #expect(try plan(Self.resnetType, shape).id == first.id)
        #expect(try plan(Self.resnetType, ForwardShape(batch: 2, length: 64)).id != first.id)
        var groups = Self.resnetType
        groups.normNumGroups = 4
        #expect(try plan(groups, shape).id != first.id)
        let strict = try Plan(
            network: try Network(Self.resnetType), shape: shape, implementation: .best,
            accuracy: .strict)
        #expect(strict.id != first.id)
        #expect(!strict.operations.contains { $0.kind == .winograd })
        #expect(first.operations.contains { $0.kind == .winograd })
    }

    /// Lengths at which diffusers 0.26.3 runs, and at which it raises.
    @Test(arguments: 1...70)
    func lengthsRunAsInTheReference(length: Int) {
        func runs(_ configuration: UNet1DConfiguration) -> Bool {
            (try? plan(configuration, ForwardShape(batch: 1, length: length))) != nil
        }
        #expect(runs(Self.kernelType) == (length % 8 == 0 && length >= 24))
        // Two levels, one up block: the skip of the outer level is never read.
        #expect(runs(Self.resnetType))
    }
}
