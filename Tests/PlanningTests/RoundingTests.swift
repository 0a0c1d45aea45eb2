import Checkpoint
import KernelDispatch
import Testing

@testable import KernelsReference
@testable import Planning

/// The error that plans predict for `fast`, and what they do about it.
@Suite struct RoundingTests {
    private static func planner(_ channels: [Int], transition: Int = 14) -> UNet1DConfiguration {
        UNet1DConfiguration(
            inChannels: transition, outChannels: transition, timeEmbeddingType: .positional, useTimestepEmbedding: true,
            downBlockTypes: channels.map { _ in .downResnetBlock1D },
            upBlockTypes: channels.dropFirst().map { _ in .upResnetBlock1D }, midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: channels, actFn: .mish)
    }

    private static let value = UNet1DConfiguration(
        inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
        downBlockTypes: Array(repeating: .downResnetBlock1D, count: 4), upBlockTypes: [],
        midBlockType: .valueFunctionMidBlock1D, outBlockType: .valueFunction, blockOutChannels: [32, 64, 128, 256],
        actFn: .mish, downsampleEachBlock: true)

    private static let small = planner([32, 64, 128])
    private static let hopper32 = planner([32, 64, 128, 256])
    private static let hopper128 = planner([32, 128, 256])

    private func plan(
        _ configuration: UNet1DConfiguration, _ batch: Int, _ length: Int, accuracy: Accuracy = .fast,
        isa: Implementation = .best, limit: Double? = nil
    ) throws -> Plan {
        let timesteps = configuration.outBlockType == .valueFunction ? batch : 1
        return try Plan(
            network: try Network(configuration),
            shape: ForwardShape(batch: batch, length: length, timesteps: timesteps), implementation: isa,
            accuracy: accuracy, roundingLimit: limit)
    }

    /// The three that were 11 to 13 times as far from float64 as PyTorch.
    @Test(arguments: [(small, 64, 15), (small, 1000, 16), (hopper32, 2048, 32)])
    func shortPlannersStepDown(configuration: UNet1DConfiguration, batch: Int, length: Int) throws {
        let plan = try plan(configuration, batch, length)
        let unlimited = try self.plan(configuration, batch, length, limit: .infinity)
        #expect(plan.rounding.error <= plan.rounding.budget)
        #expect(plan.rounding.budget < 10)
        guard Implementation.best.isa != .generic else { return }
        #expect(unlimited.rounding.error > unlimited.rounding.direct * 5)
        #expect(unlimited.rounding.error == plan.rounding.fastest)
        #expect(plan.rounding.lowered > 0)
        #expect(plan.id != unlimited.id)
        #expect(plan.operations.contains { $0.reason?.contains("by the budget of rounding") == true })
        // Some keep their fastest form: those whose errors count least for their time.
        #expect(plan.rounding.lowered < plan.rounding.convolutions)
        #expect(plan.products < (try self.plan(configuration, batch, length, limit: 0)).products)
    }

    /// `lengths`: how many of the lengths up to 64 the reference runs at.
    @Test(
        arguments: [
            (small, 32), (hopper32, 16), (hopper128, 32), (planner([32, 64, 128, 256], transition: 23), 16),
            (value, 64),
        ],
        [1, 2, 7, 16, 64, 1000, 2048])
    func everyPlanKeepsTheBudget(network: (configuration: UNet1DConfiguration, lengths: Int), batch: Int) throws {
        var plans = 0
        for length in 1...64 {
            for implementation in Implementation.available {
                let planned = try? plan(network.configuration, batch, length, isa: implementation)
                guard let plan = planned else { continue }
                plans += 1
                #expect(plan.rounding.error <= plan.rounding.budget, "length \(length), \(implementation.name)")
                #expect(plan.rounding.error <= plan.rounding.fastest)
            }
        }
        #expect(plans == network.lengths * Implementation.available.count)
    }

    /// F(6,5) everywhere is within the budget of networks for long sequences: they lose nothing.
    @Test(arguments: [512, 4096, 65536], [1, 4])
    func longSequencesKeepTheirForms(length: Int, batch: Int) throws {
        let dance = UNet1DConfiguration(
            extraInChannels: 16,
            downBlockTypes: [.downBlock1DNoSkip] + Array(repeating: .downBlock1D, count: 4) + [.attnDownBlock1D],
            upBlockTypes: [.attnUpBlock1D] + Array(repeating: .upBlock1D, count: 4) + [.upBlock1DNoSkip],
            blockOutChannels: [128, 128, 256, 512, 512, 512])
        for configuration in [ShapeTests.kernelType, dance] {
            let plan = try plan(configuration, batch, length)
            #expect(plan.rounding.lowered == 0)
            #expect(plan.id == (try self.plan(configuration, batch, length, limit: .infinity)).id)
        }
    }

    /// Wide convolutions sum by parts, so that a very wide planner is within the budget, too.
    @Test func wideNetworksKeepTheBudget() throws {
        let wide = Self.planner([4096])
        let fast = try plan(wide, 64, 32)
        #expect(fast.rounding.error <= fast.rounding.budget)
        #expect(try plan(wide, 64, 32, accuracy: .strict).rounding.error < 5)
    }

    @Test(arguments: [32, 2048]) func strictRoundsNoMoreThanDirectAndHasNoBudget(length: Int) throws {
        let plan = try plan(Self.hopper32, 64, length, accuracy: .strict)
        #expect(plan.rounding.error <= plan.rounding.direct)
        #expect(plan.rounding.budget == .infinity)
    }

    /// Without any budget left, every convolution has its most accurate form.
    @Test func noBudgetIsTheMostAccurateForm() throws {
        let plan = try plan(Self.small, 64, 16, limit: 0)
        #expect(plan.rounding.error <= plan.rounding.direct)
    }

    /// Each form's number is that of its matrices.
    @Test(arguments: WinogradForm.allCases)
    func amplificationsFollowFromTheMatrices(form: WinogradForm) {
        let matrices = WinogradMatrices.of(form.kernelForm)
        func squares(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 } }
        let points = zip(matrices.inputTransform, matrices.weights).map { squares($0) * squares($1) }
        let outputs = matrices.outputTransform.map { row in zip(row, points).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } }
        let mean = outputs.reduce(0, +) / Double(outputs.count)
        #expect(abs(form.amplification / mean - 1) < 0.001)
    }
}
