import Glibc
import Synchronization
import Testing
import TestSupport

@testable import Workers

extension WorkersTests {
    /// Runs on parallel-fors that embedders might bring.
    @Suite struct Executors {
        @Test(arguments: ForeignExecutor.allCases, [1, 2, 3, 8])
        func everyTileOnceInOrder(kind: ForeignExecutor, workers: Int) throws {
            let pool = try WorkerPool(parallelFor: kind.executor(workers: workers))
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
            let pool = try WorkerPool(parallelFor: kind.executor(workers: 4))
            var products = [Float](repeating: 1, count: 64)
            pool.parallelFor(64, context: &products) { products, _, tile, _ in
                UnsafeMutableRawPointer(mutating: products!).assumingMemoryBound(to: Float.self)[tile] = halfOfLeast()
            }
            #expect(products.allSatisfy { $0 == 0 })
            #expect(halfOfLeast() > 0)
            #expect(ForeignExecutor.changedControlWords == 0)
        }

        @Test(arguments: BrokenExecutor.allCases.filter { $0 != .none })
        func brokenRulesEndTheProcess(kind: BrokenExecutor) async {
            let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [kind] in
                try kind.run()
            }
            #if DEBUG  // Release builds say nothing.
                let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
                #expect(message.contains("the parallel-for"))
            #endif
        }

        @Test func keptRulesDoNot() async {
            await #expect(processExitsWith: .success) { try BrokenExecutor.none.run() }
        }

        @Test(arguments: [0, -1, 1025])
        func impossibleNumbersOfWorkersAreRefused(workers: Int) {
            #expect(throws: WorkerPoolError.workerCount(requested: workers)) {
                try WorkerPool(parallelFor: ForeignExecutor.onCaller.executor(workers: workers))
            }
        }
    }
}

/// A subnormal, computed where the compiler cannot.
@inline(never)
private func halfOfLeast() -> Float { least * half }

nonisolated(unsafe) private var least = Float.leastNormalMagnitude
nonisolated(unsafe) private var half: Float = 0.5

/// Parallel-fors that do not do what `WorkerPool.ParallelFor` asks for.
enum BrokenExecutor: String, CaseIterable, Codable, Sendable {
    case none, firstTwice, lastTwice, firstNever, lastNever, nothing, beyond, negative
    /// Returns while a body runs, before it is called.
    case early, late

    /// A stage of more tiles than bodies, and one of fewer; ends the process with status 0 if nobody minds.
    func run() throws -> Never {
        let pool = try WorkerPool(parallelFor: WorkerPool.ParallelFor(workers: 70, function: function))
        for tiles in [100, 68] {
            pool.parallelFor(tiles, context: nil) { _, _, _, worker in
                guard worker == 0, waits.load(ordering: .relaxed) else { return }
                runs.store(true, ordering: .relaxed)
                usleep(10_000_000)
            }
        }
        exit(0)
    }

    private var function: WorkerPool.ParallelFor.Function {
        switch self {
        case .none: { _, count, body, context in for index in 0..<count { body(context, index) } }
        case .firstTwice: { _, count, body, context in for index in [0] + Array(0..<count) { body(context, index) } }
        case .lastTwice:
            { _, count, body, context in for index in Array(0..<count) + [count - 1] { body(context, index) } }
        case .firstNever: { _, count, body, context in for index in 1..<count { body(context, index) } }
        case .lastNever: { _, count, body, context in for index in 0..<count - 1 { body(context, index) } }
        case .nothing: { _, _, _, _ in }
        case .beyond: { _, count, body, context in for index in 0...count { body(context, index) } }
        case .negative: { _, count, body, context in for index in -1..<count { body(context, index) } }
        case .early:
            { _, count, body, context in
                waits.store(true, ordering: .relaxed)
                startThread(body, context)
                while !runs.load(ordering: .relaxed) { usleep(100) }
                for index in 1..<count { body(context, index) }
            }
        case .late:
            { _, count, body, context in
                for index in 1..<count { body(context, index) }
                startThread(body, context, after: 1_000_000)
            }
        }
    }
}

/// Whether index 0 waits, and whether it has begun.
private let waits = Atomic(false)
private let runs = Atomic(false)

/// Calls a body for index 0, some microseconds later, on a thread that nobody waits for.
private func startThread(
    _ body: WorkerPool.ParallelFor.Body, _ context: UnsafeMutableRawPointer?, after delay: UInt32 = 0
) {
    struct Call {
        let body: WorkerPool.ParallelFor.Body
        let context: UnsafeMutableRawPointer?
        let delay: UInt32
    }
    let call = UnsafeMutablePointer<Call>.allocate(capacity: 1)
    call.initialize(to: Call(body: body, context: context, delay: delay))
    var thread = pthread_t()
    let refusal = pthread_create(
        &thread, nil,
        { argument in
            let call = argument.unsafelyUnwrapped.assumingMemoryBound(to: Call.self)
            usleep(call.pointee.delay)
            call.pointee.body(call.pointee.context, 0)
            return nil
        }, call)
    precondition(refusal == 0, "no thread could be started")
}
