import ArgumentParser
import CUNet1DSystem
import TestSupport
import UNet1D

/// What recording costs: forwards that are recorded and forwards that are not in turn, in one process. Prints; holds nothing, as
/// times are no promise of a test.
struct TraceCost: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace-cost", abstract: "What a recorded forward costs more than one that is not.")

    @OptionGroup var forwards: PlainForwards

    private static let rounds = 5000

    func run() throws {
        let tensors = try forwards.fixture.requiredTensors()
        var session = try forwards.session(tensors)
        let trace = try session.prepareTrace(forwards: Self.rounds)
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        let (sample, timestep) = (tensors.sample.span, tensors.timestep)
        for _ in 0..<200 { session.forward(sample: sample, timestep: timestep, output: &span) }
        var plain: [UInt64] = []
        var recorded: [UInt64] = []
        plain.reserveCapacity(Self.rounds)
        recorded.reserveCapacity(Self.rounds)
        for _ in 0..<Self.rounds {
            let first = system_monotonic_nanoseconds()
            session.forward(sample: sample, timestep: timestep, output: &span)
            let second = system_monotonic_nanoseconds()
            session.forward(sample: sample, timestep: timestep, output: &span, trace: trace)
            let third = system_monotonic_nanoseconds()
            plain.append(second - first)
            recorded.append(third - second)
        }
        plain.sort()
        recorded.sort()
        for (name, rank) in [("tenth percentile", Self.rounds / 10), ("median", Self.rounds / 2)] {
            let ratio = Double(recorded[rank]) / Double(plain[rank])
            print(
                "trace-cost: \(forwards.fixture), \(forwards.kind), \(name): \(plain[rank]) ns, "
                    + "recorded \(recorded[rank]) ns, ratio \((ratio * 10_000).rounded() / 10_000)")
        }
    }
}
