import TestSupport
import Testing

@testable import UNet1D

/// Forwards on a parallel-for of the embedder's.
@Suite struct ExecutorTests {
    @Test(arguments: Fixture.numeric, ForeignExecutor.allCases)
    func bitsAreThoseOfEveryPool(fixture: Fixture, kind: ForeignExecutor) throws {
        let tensors = try #require(try fixture.tensors())
        // A thread for each tile of each stage takes long.
        if kind == .threads && tensors.sample.count > 10_000 { return }
        let model = try UNet1DModel(directory: fixture.directory)
        let options = Session.Options(isa: TestISA.all.last)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1), options: options)
        let expected = bits(tensors.run(&session))
        for workers in [2, 5] {
            let pool = try WorkerPool(parallelFor: kind.executor(workers: workers))
            var other = try Session(model: model, shape: tensors.shape, pool: pool, options: options)
            #expect(other.plan.id == session.plan.id)
            for _ in 0..<2 { #expect(bits(tensors.run(&other)) == expected, "\(workers) workers") }
        }
    }
}
