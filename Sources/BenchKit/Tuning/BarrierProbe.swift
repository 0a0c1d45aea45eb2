import UNet1D
import Workers

/// What a stage costs besides its work: a tile for each worker, then all wait for all.
enum BarrierProbe {
    private static let stages = 64
    /// Long enough that no worker is done with its tile before the others have theirs: empty tiles would all be the
    /// caller's.
    private static let tileNanoseconds: UInt64 = 3000

    /// Nanoseconds of a stage beyond those of a tile, the best of some runs in `nanoseconds`.
    static func nanoseconds(_ pool: WorkerPool, nanoseconds: UInt64) -> Double {
        let tiles = [Int](repeating: pool.workers, count: stages)
        var best = Double.infinity
        let start = Clock.now
        repeat {
            let runStart = Clock.now
            tiles.withUnsafeBufferPointer {
                pool.run(context: nil, stages: $0.baseAddress.unsafelyUnwrapped, count: $0.count, function: spin)
            }
            best = min(best, Double(Clock.now - runStart) / Double(stages))
        } while Clock.now - start < nanoseconds
        return max(0, best - Double(tileNanoseconds))
    }

    private static let spin: StageFunction = { _, _, _, _ in
        let start = Clock.now
        while Clock.now - start < tileNanoseconds {}
    }
}
