import Checkpoint
import KernelDispatch
import Testing

@testable import Planning

/// Which lengths run, and what is said where one does not.
@Suite struct LengthRuleTests {
    /// Layouts that resample differently; batch 2, so that no norm has a single value.
    private static let layouts: [String: UNet1DConfiguration] = [
        "three levels of FIR resampling": ShapeTests.kernelType,
        "fewer up blocks": ShapeTests.resnetType,
        "as many up blocks": planner([32, 64, 128], ups: 3),
        "planner of horizon 32": planner([32, 64, 128, 256], ups: 3),
        "planner of horizon 128": planner([32, 128, 256], ups: 2),
        "value function": valueFunction,
        "downsampling mid block": downsamplingMid,
        "a skip before downsampling, then FIR upsampling": neverRuns,
        "FIR upsampling at the end": UNet1DConfiguration(
            extraInChannels: 16, upBlockTypes: [.attnUpBlock1D, .upBlock1D, .upBlock1D]),
    ]

    private static func planner(_ widths: [Int], ups: Int) -> UNet1DConfiguration {
        var result = ShapeTests.resnetType
        result.blockOutChannels = widths
        result.downBlockTypes = Array(repeating: .downResnetBlock1D, count: widths.count)
        result.upBlockTypes = Array(repeating: .upResnetBlock1D, count: ups)
        return result
    }

    private static var valueFunction: UNet1DConfiguration {
        var result = planner([32, 64, 128, 256], ups: 0)
        result.midBlockType = .valueFunctionMidBlock1D
        result.outBlockType = .valueFunction
        result.downsampleEachBlock = true
        return result
    }

    private static var downsamplingMid: UNet1DConfiguration {
        var result = planner([32, 64], ups: 0)
        result.downsampleEachBlock = true
        result.outBlockType = nil
        return result
    }

    /// Eight channels in eight groups at the deepest level: a single position is too short for a norm, if alone in its batch.
    private static var oneChannelAGroup: UNet1DConfiguration {
        var result = planner([16, 16, 8], ups: 2)
        result.downsampleEachBlock = false
        return result
    }

    /// The value head needs 32 values, and the shortest output has more.
    private static var longValueHead: UNet1DConfiguration {
        var result = planner([32, 128], ups: 0)
        result.downBlockTypes = [.downBlock1D, .downBlock1D]
        result.midBlockType = .unetMidBlock1D
        result.upBlockTypes = [.upBlock1D, .upBlock1D]
        result.outBlockType = .valueFunction
        return result
    }

    private static var neverRuns: UNet1DConfiguration {
        var result = planner([32, 64], ups: 0)
        result.downsampleEachBlock = true
        result.midBlockType = .unetMidBlock1D
        result.upBlockTypes = [.attnUpBlock1D, .attnUpBlock1D]
        result.outBlockType = nil
        result.outChannels = 32
        return result
    }

    private static func plan(_ configuration: UNet1DConfiguration, length: Int) throws -> Plan {
        try Plan(
            network: try Network(configuration),
            shape: ForwardShape(batch: 2, length: length, timesteps: 2),
            implementation: .best)
    }

    @Test(arguments: layouts.keys.sorted(), [1...40, 60...70, 127...130])
    func agreesWithThePlanner(name: String, lengths: ClosedRange<Int>) throws {
        let configuration = try #require(Self.layouts[name])
        let rule = LengthRule(network: try Network(configuration), batch: 2, timesteps: 2)
        for length in lengths {
            let plan = try? Self.plan(configuration, length: length)
            let output = rule.outputLength(of: length)
            #expect((plan == nil) == (output == nil), "length \(length)")
            if let plan, let output, plan.outputShape.count == 3 { #expect(plan.outputShape[2] == output) }
        }
    }

    @Test(arguments: [
        ("three levels of FIR resampling", 100, [96, 104]), ("three levels of FIR resampling", 5, [24, 32]),
        ("three levels of FIR resampling", 1 << 30 + 1, [1 << 30, 1 << 30 + 8]),
        ("planner of horizon 32", 33, [32, 39]), ("value function", 100, [64]),
        ("value function", 1 << 30, [64]), ("a skip before downsampling, then FIR upsampling", 64, []),
    ])
    func nearest(name: String, length: Int, expected: [Int]) throws {
        let rule = LengthRule(network: try Network(try #require(Self.layouts[name])), batch: 2, timesteps: 2)
        #expect(rule.nearestLengths(to: length) == expected)
    }

    /// A search is bounded: that of a network of a few levels ends with an answer, that of very many is not begun.
    @Test(arguments: [(10, [512, 1023]), (14, [8191, 8192]), (16, nil)])
    func levels(count: Int, expected: [Int]?) throws {
        let network = try Network(Self.planner(Array(repeating: 32, count: count), ups: count - 1))
        #expect(LengthRule(network: network, batch: 2, timesteps: 2).nearestLengths(to: 600) == expected)
    }

    /// The lengths that a refusal names run.
    @Test func refusalsNameLengthsThatRun() throws {
        let error = #expect(throws: PlanningError.self) { try Self.plan(ShapeTests.kernelType, length: 100) }
        #expect("\(try #require(error))".hasSuffix("take 96 or 104, the nearest that run"))
        for length in [96, 104] { #expect(throws: Never.self) { try Self.plan(ShapeTests.kernelType, length: length) } }
        let value = #expect(throws: PlanningError.self) { try Self.plan(Self.valueFunction, length: 100) }
        #expect("\(try #require(value))".hasSuffix("take 64, the nearest that runs"))
    }

    /// A batch of one has norms over a single value, which no suggested length may have.
    @Test(arguments: 1...20)
    func normsOfASingleValue(length: Int) throws {
        let network = try Network(Self.oneChannelAGroup)
        let rule = LengthRule(network: network, batch: 1, timesteps: 1)
        func runs(_ length: Int) -> Bool {
            (try? Plan(network: network, shape: ForwardShape(batch: 1, length: length), implementation: .best)) != nil
        }
        #expect(runs(length) == (rule.outputLength(of: length) != nil))
        for near in try #require(rule.nearestLengths(to: length)) { #expect(runs(near), "\(near)") }
    }

    @Test func valueHeadsThatNeverFitAreSaidTo() throws {
        let error = #expect(throws: PlanningError.self) { try Self.plan(Self.longValueHead, length: 64) }
        #expect("\(try #require(error))".contains("ValueFunction needs 32 values"), "\(error.map { "\($0)" } ?? "")")
    }

    @Test func structuresThatNeverRunAreSaidTo() throws {
        let error = #expect(throws: PlanningError.self) { try Self.plan(Self.neverRuns, length: 64) }
        let text = "\(try #require(error))"
        #expect(text.contains("no length of the sample runs: down_blocks.1 (DownResnetBlock1D) gives its skip before"))
        #expect(!text.contains("take"))
    }
}
