import TestSupport
import Testing

@testable import UNet1D

/// Work is shared: tiles are executed once each, and every worker gets some.
@Suite(.serialized) struct WorkersShareTests {
    /// Fixtures with stages of many tiles, and enough work for a worker to wake up in time.
    private static let fixtures = ["dance5_small", "real_hopper_h32", "default_3level"]

    @Test(arguments: fixtures, [2, 3])
    func everyWorkerExecutesTiles(name: String, workers: Int) throws {
        let tensors = try #require(try Fixture.named(name).tensors())
        let model = try UNet1DModel(directory: Fixture.named(name).directory)
        let pool = try WorkerPool(workers: workers)
        for isa in TestISA.all {
            var session = try Session(
                model: model, shape: tensors.shape, pool: pool, options: Session.Options(isa: isa))
            // As workers claim them: a stage that is not worth sharing is one.
            var tiles = 0
            for stage in 0..<session.prepared[0].pointee.bound.stageCount {
                tiles += session.prepared[0].pointee.bound.stageTiles[stage]
            }
            var output = [Float](repeating: 0, count: session.plan.outputCount)
            var counts = [Int](repeating: 0, count: workers)
            var forwards = 0
            // A worker may be late for a forward as long as the machine is busy with other tests; not for all of them.
            while forwards < 200 || (counts.contains(0) && forwards < 20_000) {
                var span = output.mutableSpan
                let before = counts.reduce(0, +)
                counts.withUnsafeMutableBufferPointer {
                    session.forward(
                        sample: tensors.sample.span, timestep: tensors.timestep, output: &span,
                        tilesByWorker: $0.baseAddress)
                }
                #expect(counts.reduce(0, +) - before == tiles, "\(isa), forward \(forwards)")
                forwards += 1
            }
            #expect(!counts.contains(0), "\(isa): \(counts) tiles by worker in \(forwards) forwards")
        }
    }
}
