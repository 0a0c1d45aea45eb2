import CUNet1DSystem
import UNet1D

/// A number of workers and how long they spin: what the gates go through.
struct PoolKind: CustomStringConvertible {
    let workers: Int
    /// Nanoseconds; 0 sleeps at once, `.max` never.
    let spin: UInt64

    init(_ workers: Int, spin: UInt64) {
        self.workers = workers
        self.spin = spin
    }

    var description: String { "\(workers) workers, spin \(spin == .max ? "forever" : "\(spin / 1000) µs")" }

    func pool(inheritsScheduling: Bool = false) throws -> WorkerPool {
        var options = WorkerPool.Options()
        options.spinNanoseconds = spin
        options.inheritsScheduling = inheritsScheduling
        return try WorkerPool(workers: workers, options: options)
    }

    /// One to eight workers and sixteen; those that spin forever only where each has a core.
    static var all: [PoolKind] {
        let usual = WorkerPool.Options().spinNanoseconds
        let bounded = (Array(1...8) + [16]).flatMap { workers in
            (workers == 1 ? [usual] : [usual, 0]).map { PoolKind(workers, spin: $0) }
        }
        return bounded + (2...8).filter { $0 <= Topology.current.usableCores }.map { PoolKind($0, spin: .max) }
    }

    /// The fewest in which every way of waiting occurs.
    static var few: [PoolKind] {
        let usual = WorkerPool.Options().spinNanoseconds
        let few = [
            PoolKind(1, spin: usual), PoolKind(2, spin: usual), PoolKind(2, spin: 0), PoolKind(3, spin: 0),
            PoolKind(5, spin: usual),
        ]
        return Topology.current.usableCores > 1 ? few + [PoolKind(2, spin: .max)] : few
    }
}

extension WorkerPool {
    /// Calls `function` on every worker at least once, the caller included, each time for a tile. Makes no heap call.
    func onEveryWorker(_ function: @convention(c) (_ worker: Int) -> Void) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: workers) { executed in
            executed.initialize(repeating: 0)
            withUnsafePointer(to: OnWorker(function: function)) { context in
                withUnsafePointer(to: 64) { stages in
                    while executed.contains(0) {
                        run(
                            context: context, stages: stages, count: 1, function: OnWorker.tile,
                            executed: executed.baseAddress)
                    }
                }
            }
        }
    }
}

/// What a tile of `onEveryWorker` calls. The caller's tiles are slow, so that the others get some; slow without a system
/// call, as there may be a filter.
private struct OnWorker {
    let function: @convention(c) (Int) -> Void

    static let tile: @convention(c) (UnsafeRawPointer?, Int, Int, Int) -> Void = { context, _, _, worker in
        context!.assumingMemoryBound(to: OnWorker.self).pointee.function(worker)
        if worker == 0 { for _ in 0..<10_000 { system_spin_pause() } }
    }
}
