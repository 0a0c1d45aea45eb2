import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1DSampling

/// A forward with its gradient, in one call and in two, and guided planning, make no heap call and fault no page, the first one
/// included, on any thread: every fixture, on one instruction set each, both accuracies, several numbers of workers. The
/// counter of heap calls comes from outside, see Tests/Gates/heapcount.
struct GradientsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gradients",
        abstract: "Heap calls and page faults of gradients; under LD_PRELOAD of the heap counter.")

    @Flag(help: "Allocates between gradients on purpose.")
    var plant = false

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("gradients: no counter; load libheapcount.so with LD_PRELOAD")
        }
        let heapCalls = unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
        var sessions = 0
        var pools: [WorkerPool] = []
        for kind in PoolKind.few {
            let pool = try kind.pool()
            pools.append(pool)
            for (index, fixture) in Fixture.numeric.enumerated() {
                guard let tensors = try fixture.tensors() else { continue }
                let model = try UNet1DModel(directory: fixture.directory)
                // Each fixture on one of the instruction sets, in turn.
                let isa = TestISA.all[index % TestISA.all.count]
                for accuracy in Accuracy.allCases {
                    var session = try GradientSession(
                        model: model, shape: tensors.shape, pool: pool,
                        options: Session.Options(isa: isa, accuracy: accuracy))
                    let (calls, faults) = measure(&session, tensors, heapCalls)
                    sessions += 1
                    if calls > 0 || faults > 0 {
                        stop(
                            "gradients: \(fixture), \(isa), \(accuracy), \(kind): \(calls) heap calls, \(faults) page faults",
                            status: 1)
                    }
                }
            }
        }
        let planners = try plan(pools, heapCalls)
        print("gradients: no heap call and no page fault in \(sessions) sessions and \(planners) planners")
    }

    /// Guided planning of a batch, on each pool.
    private func plan(_ pools: [WorkerPool], _ heapCalls: @convention(c) () -> UInt64) throws -> Int {
        let unet = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let value = try UNet1DModel(directory: Fixture.named("real_value_h32").directory)
        for pool in pools {
            for noise in [NoiseSource.philox(seed: 1), .torch(seeds: [1, 2, 3, 4])] {
                var planner = try GuidedPlanner(
                    planner: Session(model: unet, shape: ForwardShape(batch: 4, length: 32), pool: pool),
                    value: GradientSession(
                        model: value, shape: ForwardShape(batch: 4, length: 32, timesteps: 4), pool: pool),
                    scheduler: DDPMScheduler(), steps: 4, actions: 3, options: GuidedPlanner.Options(noise: noise))
                let observation = [Float](repeating: 0.1, count: planner.observationCount)
                var action = [Float](repeating: .nan, count: planner.actionCount)
                var span = action.mutableSpan
                let before = gate_page_faults()
                let start = heapCalls()
                for _ in 0..<2 { planner(observation: observation.span, action: &span) }
                let calls = heapCalls() - start
                let after = gate_page_faults()
                let faults = after.minor - before.minor + after.major - before.major
                if calls > 0 || faults > 0 {
                    stop("gradients: a planner: \(calls) heap calls, \(faults) page faults", status: 1)
                }
            }
        }
        return 2 * pools.count
    }

    private func measure(
        _ session: inout GradientSession, _ tensors: ForwardTensors, _ heapCalls: @convention(c) () -> UInt64
    ) -> (calls: UInt64, faults: UInt64) {
        var output = [Float](repeating: .nan, count: session.counts.output)
        var gradient = [Float](repeating: .nan, count: session.counts.sample)
        var outputSpan = output.mutableSpan
        var gradientSpan = gradient.mutableSpan
        let before = gate_page_faults()
        let start = heapCalls()
        for _ in 0..<3 {
            session.valueAndGradient(
                sample: tensors.sample.span, timestep: tensors.timestep, output: &outputSpan, gradient: &gradientSpan)
            session.value(sample: tensors.sample.span, timestep: tensors.timestep, output: &outputSpan)
            session.gradient(gradient: &gradientSpan)
            if plant { allocateOnce() }
        }
        let calls = heapCalls() - start
        let after = gate_page_faults()
        return (calls, after.minor - before.minor + after.major - before.major)
    }
}
