import Checkpoint
import KernelDispatch
import Planning
import Testing

/// Products and weights that operations cannot do without.
@Suite struct ProductTests {
    /// A plan of direct convolutions.
    private func directPlan(_ configuration: UNet1DConfiguration, length: Int) throws -> Plan {
        try Plan(
            network: try Network(configuration), shape: ForwardShape(batch: 2, length: length),
            implementation: .best, accuracy: .strict, machine: .directAlways)
    }

    private func plan(_ configuration: UNet1DConfiguration, length: Int) throws -> Plan {
        try Plan(
            network: try Network(configuration), shape: ForwardShape(batch: 2, length: length),
            implementation: .best, accuracy: .fast)
    }

    private func operation(_ name: String, _ plan: Plan) throws -> Plan.Operation {
        try #require(plan.operations.first { $0.name == name })
    }

    /// A convolution of width 5 has 5·length taps, of which `met` meet a position of the input.
    @Test(arguments: [(1, 1, 1, 2), (2, 4, 3, 2), (4, 14, 5, 2), (8, 34, 5, 2), (64, 314, 5, 1)])
    func directConvolutionsSkipPadding(length: Int, met: Int, taps: Int, activations: Int) throws {
        let plan = try directPlan(ShapeTests.resnetType, length: length)
        let operation = try operation("down_blocks.0.resnets.0.conv_out.conv1d", plan)
        #expect(operation.kind == .convolution)
        #expect(operation.products == 2 * met * 32 * 32)
        #expect(operation.multiplyAdds == 2 * 5 * length * 32 * 32)
        #expect(operation.weightBytes == taps * 32 * 32 * 4)
        // The input, and the residual where the sequences fit a tile.
        #expect(operation.bytesRead == operation.weightBytes + activations * 2 * length * 32 * 4)
    }

    typealias Products = (products: Int, points: Int)

    /// 3 products for a sequence of 2; 7 for one of up to 4; 8 for 4 positions; where multiply-adds round once also 10 for 6,
    /// and 8 for 4 at the end, and 12 for 8 where that saves an eighth: without a budget of rounding.
    @Test(
        arguments: ISA.allCases,
        [
            (length: 2, four: (3, 3), more: (3, 3)), (3, (7, 7), (7, 7)), (4, (7, 7), (7, 7)),
            (6, (2 * 8, 8), (10, 10)), (7, (2 * 8, 8), (12, 12)), (8, (2 * 8, 8), (12, 12)),
            (10, (3 * 8, 8), (10 + 8, 10)),
            (12, (3 * 8, 8), (2 * 10, 10)),
            (16, (4 * 8, 8), (2 * 12, 12)), (30, (8 * 8, 8), (5 * 10, 10)), (32, (8 * 8, 8), (4 * 12, 12)),
            (64, (16 * 8, 8), (10 * 10 + 8, 10)),
            (66, (17 * 8, 8), (11 * 10, 10)), (128, (32 * 8, 8), (20 * 10 + 2 * 8, 10)),
        ])
    func winogradTakesTheFewestProducts(isa: ISA, row: (length: Int, four: Products, more: Products))
        throws
    {
        let generic = try #require(Implementation.available.first { $0.isa == .generic })
        let implementation = Implementation.available.first { $0.isa == isa } ?? generic
        let plan = try Plan(
            network: try Network(ShapeTests.resnetType),
            shape: ForwardShape(batch: 64, length: row.length), implementation: implementation, accuracy: .fast,
            roundingLimit: .infinity)
        let operation = try operation("down_blocks.0.resnets.0.conv_out.conv1d", plan)
        let roundsOnce = implementation.isa != .generic
        let expected = roundsOnce ? row.more : row.four
        #expect(operation.kind == .winograd)
        #expect(operation.products == 64 * expected.products * 32 * 32)
        #expect(operation.weightBytes == expected.points * 32 * 32 * 4)
        #expect(operation.reason?.contains("F(6,5)") == roundsOnce)
        #expect(operation.reason?.contains("F(8,5)") == roundsOnce)
        #expect(operation.reason?.contains("T(4,5)") == (row.length <= 4))
        #expect(operation.reason?.contains("T(2,5)") == (row.length == 2))
    }

    /// Where a tile would begin behind the first group of four, there is none.
    @Test(arguments: [(isa: ISA.avx512, length: 866, batch: 1), (.avx2, 362, 7)])
    func tailsLieInOneTile(isa: ISA, length: Int, batch: Int) throws {
        guard let implementation = Implementation.available.first(where: { $0.isa == isa }) else { return }
        let plan = try Plan(
            network: try Network(ShapeTests.resnetType),
            shape: ForwardShape(batch: batch, length: length), implementation: implementation, accuracy: .fast)
        let operation = try operation("down_blocks.0.resnets.0.conv_out.conv1d", plan)
        #expect(operation.products == batch * 10 * ((length + 5) / 6) * 32 * 32)
    }

    /// Width 3, stride 2, padding 1: the first output misses one tap, and the last one where the length is odd.
    @Test(arguments: [(64, 3 * 32 - 1), (65, 3 * 33 - 2)])
    func stridesAreCounted(length: Int, met: Int) throws {
        let plan = try plan(ShapeTests.resnetType, length: length)
        let operation = try operation("down_blocks.0.downsample.conv", plan)
        #expect(operation.products == 2 * met * 32 * 32)
    }

    /// A transposed convolution of width 4: each half has two taps, one of which misses the input at one end.
    @Test func transposedHalvesAreCounted() throws {
        let plan = try plan(ShapeTests.resnetType, length: 64)
        for half in ["even", "odd"] {
            let operation = try operation("up_blocks.0.upsample.conv." + half, plan)
            #expect(operation.products * 64 == operation.multiplyAdds * 63)
        }
    }

    @Test func everyOperationHasNoMoreProductsThanItsDirectForm() throws {
        for configuration in [ShapeTests.resnetType, ShapeTests.kernelType] {
            let plan = try plan(configuration, length: 64)
            #expect(plan.products > 0 && plan.products < plan.multiplyAdds)
            for operation in plan.operations {
                #expect(operation.products <= operation.multiplyAdds, "\(operation.name)")
                #expect(operation.weightBytes <= operation.bytesRead, "\(operation.name)")
            }
        }
    }
}
