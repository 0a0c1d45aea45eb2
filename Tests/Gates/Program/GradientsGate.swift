import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1D

/// A forward with its gradient makes no heap call and faults no page, the first one included, on any thread: every fixture,
/// instruction set and accuracy, several numbers of workers. The counter of heap calls comes from outside, see
/// Tests/Gates/heapcount.
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
            for fixture in Fixture.numeric {
                guard let tensors = try fixture.tensors() else { continue }
                let model = try UNet1DModel(directory: fixture.directory)
                for isa in TestISA.all {
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
        }
        print("gradients: no heap call and no page fault in \(sessions) sessions")
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
            if plant { allocateOnce() }
        }
        let calls = heapCalls() - start
        let after = gate_page_faults()
        return (calls, after.minor - before.minor + after.major - before.major)
    }
}
