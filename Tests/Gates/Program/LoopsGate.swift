import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1DSampling

/// A denoising loop makes no heap call and faults no page, the first step included, on any thread: every scheduler, several
/// pools, both kinds of noise, with and without held values, short forwards and somebody who looks at the steps. The counter of heap calls
/// comes from outside, see Tests/Gates/heapcount.
struct LoopsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loops", abstract: "Heap calls and page faults of loops; under LD_PRELOAD of the heap counter.")

    @Flag(help: "Allocates in the observer of a step on purpose.")
    var plant = false

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
                    for (holds, every) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
                        let session = try Session(
                            model: model, shape: ForwardShape(batch: 2, length: 96), pool: pool,
                            options: Session.Options(shortLevels: every > 1 ? 2 : nil))
                        var sampler = try Sampler(
                            session: session, scheduler: scheduler, steps: 4,
                            options: Sampler.Options(noise: noise, wholeForwardEvery: every))
                        if holds {
                            let values = try HeldValues(
                                [Float](repeating: 0.1, count: sampler.sampleCount), shape: [2, 1, 96],
                                positions: [0..<20, 50..<51], level: .noised)
                            try sampler.hold(values, resampling: Resampling(repetitions: 2, jump: 2))
                        }
                        let (calls, faults) = measure(&sampler, heapCalls)
                        loops += 1
                        if calls > 0 || faults > 0 {
                            stop("loops: \(name), \(kind): \(calls) heap calls, \(faults) page faults", status: 1)
                        }
                    }
                }
            }
        }
        print("loops: no heap call and no page fault in \(loops) loops")
    }

    private func measure(
        _ sampler: inout Sampler, _ heapCalls: @convention(c) () -> UInt64
    ) -> (calls: UInt64, faults: UInt64) {
        var signal = [Float](repeating: .nan, count: sampler.sampleCount)
        var output = signal.mutableSpan
        let plant = plant
        let before = gate_page_faults()
        let start = heapCalls()
        sampler(into: &output)
        sampler(into: &output) { _, _, _, _ in
            if plant { allocateOnce() }
            return true
        }
        let calls = heapCalls() - start
        let after = gate_page_faults()
        return (calls, after.minor - before.minor + after.major - before.major)
    }
}
