import CUNet1DSystem
import Glibc
import Synchronization
package import Workers

/// Parallel-fors as embedders might bring them. None is made for speed.
package enum ForeignExecutor: CaseIterable, Sendable {
    /// A thread for each index.
    case threads
    /// All on the caller, in order.
    case onCaller
    /// All on the caller, the last index first.
    case reversed

    /// Bodies that found the floating-point control word of computing, which is none of the embedder's, or returned with another
    /// one than they found.
    package static var changedControlWords: Int { changes.load(ordering: .relaxed) }

    /// The executor.
    package func executor(workers: Int) -> WorkerPool.ParallelFor {
        switch self {
        case .threads: WorkerPool.ParallelFor(workers: workers, function: runOnThreads)
        case .onCaller:
            WorkerPool.ParallelFor(workers: workers) { _, count, body, context in
                for index in 0..<count { call(body, context, index) }
            }
        case .reversed:
            WorkerPool.ParallelFor(workers: workers) { _, count, body, context in
                for index in (0..<count).reversed() { call(body, context, index) }
            }
        }
    }
}

private let changes = Atomic<Int>(0)

private func call(_ body: WorkerPool.ParallelFor.Body, _ context: UnsafeMutableRawPointer?, _ index: Int) {
    let before = system_control_word()
    body(context, index)
    if before == UInt32(SYSTEM_COMPUTING_CONTROL_WORD) || system_control_word() != before {
        changes.wrappingAdd(1, ordering: .relaxed)
    }
}

private struct Task {
    let body: WorkerPool.ParallelFor.Body
    let context: UnsafeMutableRawPointer?
    let index: Int
}

private func runOnThreads(
    _: UnsafeMutableRawPointer?, _ count: Int, _ body: WorkerPool.ParallelFor.Body, _ context: UnsafeMutableRawPointer?
) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        let task = UnsafeMutablePointer<Task>.allocate(capacity: 1)
        task.initialize(to: Task(body: body, context: context, index: index))
        var thread = pthread_t()
        let refusal = pthread_create(
            &thread, nil,
            { argument in
                let task = argument.unsafelyUnwrapped.assumingMemoryBound(to: Task.self)
                call(task.pointee.body, task.pointee.context, task.pointee.index)
                task.deallocate()
                return nil
            }, task)
        precondition(refusal == 0, "no thread could be started")
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}
