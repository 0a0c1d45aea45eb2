import CUNet1DSystem
import Synchronization
import Workers

/// A parallel-for of two tiles in which the caller's waits until the other has begun, so that a worker has to come.
final class Encounter {
    /// When tile 1 began; 0: not yet.
    private let begun: UnsafeMutablePointer<Atomic<UInt64>>
    /// Who ran it.
    private var counts = [0, 0]

    /// Gives up after that long: the caller then runs both tiles. Long, so that slow ones count as a futex's do.
    private static let patience: UInt64 = 100_000_000

    init() {
        begun = .allocate(capacity: 1)
        begun.initialize(to: Atomic(0))
    }

    deinit { begun.deallocate() }

    /// Runs it; how long the worker took to begin, and the whole. Nil if the worker did not come in time.
    func run(_ pool: WorkerPool) -> (toBegin: UInt64, whole: UInt64)? {
        begun.pointee.store(0, ordering: .relaxed)
        counts[0] = 0
        counts[1] = 0
        var tiles = 2
        let start = system_monotonic_nanoseconds()
        counts.withUnsafeMutableBufferPointer { counts in
            pool.run(
                context: UnsafeRawPointer(begun), stages: &tiles, count: 1, function: meet, executed: counts.baseAddress
            )
        }
        let end = system_monotonic_nanoseconds()
        guard counts[1] == 1 else { return nil }
        return (begun.pointee.load(ordering: .relaxed) &- start, end - start)
    }

    private let meet: StageFunction = { context, _, tile, _ in
        let begun = UnsafeMutableRawPointer(mutating: context.unsafelyUnwrapped)
            .assumingMemoryBound(to: Atomic<UInt64>.self)
        if tile == 1 {
            begun.pointee.store(system_monotonic_nanoseconds(), ordering: .releasing)
            return
        }
        let start = system_monotonic_nanoseconds()
        while begun.pointee.load(ordering: .acquiring) == 0, system_monotonic_nanoseconds() - start < patience {
            // Reading the clock takes longer than the other thread does.
            for _ in 0..<8 where begun.pointee.load(ordering: .acquiring) == 0 { system_spin_pause() }
        }
    }
}
