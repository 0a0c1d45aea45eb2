import Checkpoint
import TestSupport
import Testing

@testable import UNet1D

/// How often activations are read and written, and what follows the tiles of convolutions.
@Suite struct FusionTests {
    private static func plan(_ name: String, _ shape: ForwardShape, isa: ISA) throws -> Plan {
        let folder = Fixture.root + "/portable/" + name
        let configuration = try ModelDirectory(folder).readConfiguration().network.configuration
        return try Plan(configuration: configuration, shape: shape, options: Session.Options(isa: isa))
    }

    private func operations(of module: String, _ plan: Plan) -> [Plan.Operation] {
        plan.operations.filter { $0.name == module || $0.name.hasPrefix(module + ".") }
    }

    /// Activations that are read and written, without weights, statistics and biases, in bytes.
    private func traffic(_ operations: [Plan.Operation]) -> Int {
        operations.filter { $0.kind != .merge }.reduce(0) { $0 + $1.bytesRead - $1.weightBytes + $1.bytesWritten }
    }

    /// Two convolutions: norm, activation, time embedding and residual follow their tiles.
    @Test(arguments: TestISA.all, [1, 2, 7, 64])
    func residualTemporalBlocksAreTwoOperations(isa: ISA, batch: Int) throws {
        let plan = try Self.plan("hopper32", ForwardShape(batch: batch, length: 32), isa: isa)
        for block in ["down_blocks.0.resnets.1", "down_blocks.3.resnets.1", "mid_block.resnets.0"] {
            let operations = operations(of: block, plan)
            #expect(operations.count == 2, "\(block)")
            #expect(operations.map(\.followedBy?.name) == [block + ".conv_in", block], "\(block)")
            #expect(operations.allSatisfy { $0.followedBy?.kind == .combine }, "\(block)")
            // x → h, (h, residual) → y, and the time embedding's row.
            let activation = operations[0].outputShape.reduce(4, *)
            #expect(traffic(operations) == 5 * activation + operations[0].outputShape[2] * 4, "\(block)")
        }
    }

    /// x → h, h → h, h → y, (y, x) → y: nine passes over an activation, and none for statistics.
    @Test(arguments: TestISA.all)
    func resConvBlocksPassNineTimes(isa: ISA) throws {
        let plan = try Self.plan("dance_64k", ForwardShape(batch: 1, length: 65536), isa: isa)
        for (block, length, channels) in [
            ("down_blocks.1.resnets.1", 32768, 128), ("down_blocks.4.resnets.2", 4096, 512),
            ("down_blocks.12.resnets.1", 16, 512),
        ] {
            let operations = operations(of: block, plan)
            #expect(operations.filter { $0.kind != .merge }.count == 4, "\(block)")
            #expect(operations.filter { $0.followedBy?.kind == .statistics }.count >= 2, "\(block)")
            #expect(traffic(operations) == 9 * length * channels * 4, "\(block)")
        }
    }

    /// x → z, z → (q, k, v), k → kᵀ, (q, kᵀ, v) → a, (a, x) → x.
    @Test(arguments: TestISA.all)
    func attentionPassesFifteenTimes(isa: ISA) throws {
        let plan = try Self.plan("dance_64k", ForwardShape(batch: 1, length: 65536), isa: isa)
        let operations = operations(of: "down_blocks.8.attentions.0", plan)
        #expect(operations.count == 5)
        #expect(traffic(operations) == 15 * 256 * 512 * 4)
    }

    /// All activations of the published Dance Diffusion that are read and written in a forward, in its largest ones. Nine
    /// passes a ResConvBlock, more where it joins a skip, three a resampling and fifteen an attention give for the levels
    ///
    /// 56.3 at 65536 (both ends of the network included), 32 at 32768, 30.75 at 16384, 16 at 8192, 15.375 at 4096,
    /// 8 at 2048, 4 at 1024, 2 at 512, and 4.75 with attention at 256 and below: 169.16 in all. It may only become less.
    @Test(arguments: TestISA.all)
    func danceDiffusionPassesActivations(isa: ISA) throws {
        let plan = try Self.plan("dance_64k", ForwardShape(batch: 1, length: 65536), isa: isa)
        let largest = 65536 * 128 * 4
        #expect(Double(traffic(plan.operations)) / Double(largest) <= 169.2)
    }

    /// The statistics of a norm over all channels follow its convolution by parts, and are merged where there are many.
    @Test(arguments: TestISA.all)
    func noNormOfDanceDiffusionIsReadForItsStatistics(isa: ISA) throws {
        let plan = try Self.plan("dance_64k", ForwardShape(batch: 1, length: 65536), isa: isa)
        #expect(!plan.operations.contains { $0.kind == .statistics })
        #expect(plan.operations.contains { $0.kind == .merge })
    }
}
