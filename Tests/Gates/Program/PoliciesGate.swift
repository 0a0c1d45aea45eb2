import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1DSampling

/// A robot policy's forwards, its conditions and its plans make no heap call and fault no page, the first one included, on any
/// thread: every fixture on one instruction set and a wider network on all, in every precision, with several numbers of
/// workers. The same forwards give equal bits on all pools. The counter of heap calls comes from outside, see
/// Tests/Gates/heapcount.
struct PoliciesGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract: "Heap calls, page faults and bits of robot policies; under LD_PRELOAD of the heap counter.")

    @Flag(help: "Allocates between forwards on purpose.")
    var plant = false

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("policies: no counter; load libheapcount.so with LD_PRELOAD")
        }
        let heapCalls = unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
        var cases = try PolicyFixture.all.enumerated().map { index, fixture in
            let isa = TestISA.all[index % TestISA.all.count]
            return (fixture.name, try fixture.tensors(), try UNet1DModel(directory: fixture.model), [isa])
        }
        cases.append(("wide", try PolicyFixture.wide.tensors(), try PolicyFixture.wideModel(), TestISA.all))
        var sessions = 0
        var pools: [WorkerPool] = []
        var expected: [String: [UInt32]] = [:]
        for kind in PoolKind.few {
            let pool = try kind.pool()
            pools.append(pool)
            for (fixture, tensors, model, sets) in cases {
                for (isa, precision) in sets.flatMap({ isa in Precision.allCases.map { (isa, $0) } }) {
                    var session = try Session(
                        model: model, shape: tensors.shape, pool: pool,
                        options: tensors.options(isa: isa, precision: precision))
                    let (calls, faults, output) = measure(&session, tensors, heapCalls)
                    sessions += 1
                    let name = "\(fixture), \(isa), \(precision.rawValue)"
                    if calls > 0 || faults > 0 {
                        stop("policies: \(name), \(kind): \(calls) heap calls, \(faults) page faults", status: 1)
                    }
                    let bits = output.map(\.bitPattern)
                    if let other = expected[name], other != bits {
                        stop("policies: \(name), \(kind): other bits", status: 1)
                    }
                    expected[name] = bits
                }
            }
            try plan(pool, "\(kind)", heapCalls)
        }
        print(
            "policies: no heap call, no page fault and equal bits in \(sessions) sessions and \(2 * pools.count) policies"
        )
    }

    private func measure(
        _ session: inout Session, _ tensors: PolicyTensors, _ heapCalls: @convention(c) () -> UInt64
    ) -> (calls: UInt64, faults: UInt64, output: [Float]) {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        let before = gate_page_faults()
        let start = heapCalls()
        for _ in 0..<3 {
            session.setCondition(global: tensors.global.span, local: tensors.local.span)
            session.forward(
                sample: tensors.forward.sample.span, timestep: tensors.forward.timestep, output: &span)
            session.forward(
                sample: tensors.forward.sample.span, timestep: tensors.forward.timestep, output: &span)
            if plant { allocateOnce() }
        }
        let calls = heapCalls() - start
        let after = gate_page_faults()
        return (calls, after.minor - before.minor + after.major - before.major, output)
    }

    /// Chunks of actions: the first of an episode, one that begins with the last plan, and one under a deadline.
    private func plan(_ pool: WorkerPool, _ kind: String, _ heapCalls: @convention(c) () -> UInt64) throws {
        for noise in [NoiseSource.philox(seed: 1), .torch(seeds: [1, 2])] {
            var policy = try ActionPolicy(
                folder: Fixture.root + "/policies/lerobot", pool: pool, batch: 2,
                options: ActionPolicy.Options(steps: 4, noise: noise, warmStart: 0.5))
            let observation = [Float](repeating: 0.1, count: policy.observationCount)
            var actions = [Float](repeating: .nan, count: policy.actionCount)
            var span = actions.mutableSpan
            let before = gate_page_faults()
            let start = heapCalls()
            policy(observation: observation.span, actions: &span)
            policy(observation: observation.span, actions: &span)
            policy(observation: observation.span, deadline: .now, actions: &span)
            let calls = heapCalls() - start
            let after = gate_page_faults()
            let faults = after.minor - before.minor + after.major - before.major
            if calls > 0 || faults > 0 {
                stop("policies: a plan, \(kind): \(calls) heap calls, \(faults) page faults", status: 1)
            }
        }
    }
}
