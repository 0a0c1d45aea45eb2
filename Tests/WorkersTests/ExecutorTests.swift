import TestSupport
import Testing

@testable import Workers

extension WorkersTests {
    /// Runs on parallel-fors that embedders might bring.
    @Suite struct Executors {
        @Test(arguments: ForeignExecutor.allCases, [1, 2, 3, 8])
        func everyTileOnceInOrder(kind: ForeignExecutor, workers: Int) throws {
            let pool = try WorkerPool(executor: kind.executor(workers: workers))
            #expect(pool.workers == workers)
            for stages in Runs.shapes where stages.count < 50 {
                let ledger = Ledger(stages: stages, workers: workers, work: 10)
                for _ in 0..<5 { ledger.run(on: pool) }
                #expect(ledger.isExact, "\(stages)")
            }
        }

        /// Subnormals are flushed in every tile, and the threads' control words are put back.
        @Test(arguments: ForeignExecutor.allCases)
        func subnormalsAreFlushed(kind: ForeignExecutor) throws {
            let pool = try WorkerPool(executor: kind.executor(workers: 4))
            var products = [Float](repeating: 1, count: 64)
            pool.parallelFor(64, context: &products) { products, _, tile, _ in
                UnsafeMutableRawPointer(mutating: products!).assumingMemoryBound(to: Float.self)[tile] = halfOfLeast()
            }
            #expect(products.allSatisfy { $0 == 0 })
            #expect(halfOfLeast() > 0)
            #expect(ForeignExecutor.changedControlWords == 0)
        }

        @Test(arguments: [0, -1, 1025])
        func impossibleNumbersOfWorkersAreRefused(workers: Int) {
            #expect(throws: WorkerPoolError.workerCount(asked: workers)) {
                try WorkerPool(executor: ForeignExecutor.onCaller.executor(workers: workers))
            }
        }
    }
}

/// A subnormal, computed where the compiler cannot.
@inline(never)
private func halfOfLeast() -> Float { least * half }

nonisolated(unsafe) private var least = Float.leastNormalMagnitude
nonisolated(unsafe) private var half: Float = 0.5
