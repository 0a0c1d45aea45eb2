import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1DSampling

/// A denoising loop makes no heap call and faults no page, the first step included, on any thread: every scheduler, several
/// pools, both kinds of noise, with and without held values, short forwards, guidance and somebody who looks at the steps. The
/// counter of heap calls comes from outside, see Tests/Gates/heapcount.
struct LoopsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loops", abstract: "Heap calls and page faults of loops; under LD_PRELOAD of the heap counter.")

    enum Plant: String, CaseIterable, ExpressibleByArgument {
        case step, guidance
    }

    @Option(help: "Allocates on purpose, in the observer of a step or in a guidance.")
    var plant: Plant?

    /// How a loop is run.
    private struct Loop {
        var holds: Bool
        var every = 1
        var isGuided = false

        static let all = [
            Loop(holds: false), Loop(holds: false, every: 2), Loop(holds: true), Loop(holds: true, every: 2),
            Loop(holds: false, isGuided: true), Loop(holds: true, isGuided: true),
        ]
    }

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("loops: no counter; load libheapcount.so with LD_PRELOAD")
        }
        let heapCalls = unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
        let model = try UNet1DModel(directory: Fixture.root + "/../../Profiles/Models/ecg-512")
        var loops = 0
        var pools: [WorkerPool] = []
        for kind in PoolKind.few {
            let pool = try kind.pool()
            pools.append(pool)
            for name in Scheduler.names {
                let scheduler = try Scheduler(json: [UInt8]("{}".utf8), file: "defaults", as: name)
                for noise in [NoiseSource.philox(seed: 1), .torch(seeds: [1, 2])] {
                    // What UniPC corrects cannot be guided.
                    for loop in Loop.all where !(loop.isGuided && name == "UniPCMultistepScheduler") {
                        var sampler = try sampler(model, pool, scheduler, noise, loop)
                        if loop.holds {
                            let values = try HeldValues(
                                [Float](repeating: 0.1, count: sampler.sampleCount), shape: [2, 1, 96],
                                positions: [0..<20, 50..<51], level: .noised)
                            try sampler.hold(values, resampling: Resampling(repetitions: 2, jump: 2))
                        }
                        let (calls, faults) = measure(&sampler, heapCalls)
                        loops += 1
                        if calls > 0 || faults > 0 {
                            stop(
                                "loops: \(name), \(kind), \(loop): \(calls) heap calls, \(faults) page faults",
                                status: 1)
                        }
                    }
                }
            }
        }
        print("loops: no heap call and no page fault in \(loops) loops")
    }

    private func sampler(
        _ model: UNet1DModel, _ pool: WorkerPool, _ scheduler: Scheduler, _ noise: NoiseSource, _ loop: Loop
    ) throws -> Sampler {
        let shape = ForwardShape(batch: 2, length: 96)
        guard loop.isGuided else {
            return try Sampler(
                session: Session(
                    model: model, shape: shape, pool: pool,
                    options: Session.Options(shortLevels: loop.every > 1 ? 2 : nil)),
                scheduler: scheduler, steps: 4,
                options: Sampler.Options(noise: noise, wholeForwardEvery: loop.every))
        }
        var sampler = try Sampler(
            session: GradientSession(model: model, shape: shape, pool: pool), scheduler: scheduler, steps: 4,
            options: Sampler.Options(noise: noise))
        let plants = plant == .guidance
        try sampler.guide(
            by: Guidance(scale: 0.1) { estimate, cotangent in
                if plants { allocateOnce() }
                for i in 0..<40 { cotangent[i] = estimate[i] - 0.1 }
            })
        return sampler
    }

    private func measure(
        _ sampler: inout Sampler, _ heapCalls: @convention(c) () -> UInt64
    ) -> (calls: UInt64, faults: UInt64) {
        var signal = [Float](repeating: .nan, count: sampler.sampleCount)
        var output = signal.mutableSpan
        let plants = plant == .step
        let before = gate_page_faults()
        let start = heapCalls()
        sampler(into: &output)
        sampler(into: &output) { _, _, _, _ in
            if plants { allocateOnce() }
            return true
        }
        let calls = heapCalls() - start
        let after = gate_page_faults()
        return (calls, after.minor - before.minor + after.major - before.major)
    }
}
