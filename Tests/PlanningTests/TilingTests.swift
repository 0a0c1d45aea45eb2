import KernelDispatch
import Planning
import Testing

/// How operations are cut into tiles.
@Suite struct TilingTests {
    /// A Winograd convolution that would be one tile is cut where it takes long enough: between batch elements if there are several.
    @Test(arguments: [
        (batch: 1, length: 64, tiles: 1...1), (1, 256, 2...8), (2, 128, 2...2), (3, 128, 3...8), (2, 16, 1...1),
    ])
    func loneTilesAreCut(row: (batch: Int, length: Int, tiles: ClosedRange<Int>)) throws {
        let plan = try Plan(
            configuration: ShapeTests.resnetType, fourierFrequencies: 8,
            shape: ForwardShape(batch: row.batch, length: row.length), implementation: .best)
        let operation = try #require(
            plan.operations.first { $0.name == "down_blocks.0.resnets.0.conv_out.conv1d" })
        #expect(operation.kind == .winograd)
        #expect(row.tiles.contains(operation.tileCount))
    }
}
