import Checkpoint
import KernelDispatch
import Planning
import Testing

/// How operations are cut into tiles.
@Suite struct TilingTests {
    private static let vectorized = Implementation.available.filter { $0.isa == .avx512 || $0.isa == .avx2 }

    typealias Cut = (batch: Int, length: Int, tiles: ClosedRange<Int>, follower: OperationKind)

    /// A Winograd convolution that would be one tile is cut where it takes long enough: between batch elements, whose norms stay whole,
    /// else between groups, into as many tiles as two workers share evenly.
    @Test(
        arguments: vectorized,
        [
            (1, 64, 1...1, .combine), (1, 200, 1...1, .combine), (1, 256, 4...4, .statistics),
            (2, 16, 1...1, .combine), (2, 128, 2...2, .combine), (3, 128, 2...3, .combine),
        ] as [Cut])
    func loneTilesAreCut(implementation: Implementation, cut: Cut) throws { try check(implementation, cut) }

    /// Batches of short sequences are shared by elements, whose norms stay whole, into the wanted tiles, or as many as have
    /// a register block of rows and a third.
    @Test(arguments: vectorized, [(64, 16, 8...8, .combine), (64, 8, 4...8, .combine)] as [Cut])
    func shortBatchesShareElements(implementation: Implementation, cut: Cut) throws { try check(implementation, cut) }

    private func check(_ implementation: Implementation, _ cut: Cut) throws {
        let plan = try Plan(
            network: try Network(ShapeTests.resnetType),
            shape: ForwardShape(batch: cut.batch, length: cut.length), implementation: implementation)
        let operation = try #require(
            plan.operations.first { $0.name == "down_blocks.0.resnets.0.conv_out.conv1d" })
        #expect(operation.kind == .winograd)
        #expect(cut.tiles.contains(operation.tileCount))
        #expect(operation.followedBy?.kind == cut.follower)
    }
}
