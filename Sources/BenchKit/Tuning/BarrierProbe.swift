import UNet1D

/// What a stage costs besides its work: an empty tile for each worker, then all wait for all.
enum BarrierProbe {
    /// Median nanoseconds of such a stage while the workers are awake. The fastest would be those that the caller ran alone.
    static func nanoseconds(_ pool: WorkerPool, nanoseconds: UInt64) -> Double {
        let stages = 64
        var samples: [Double] = []
        let start = Clock.now
        repeat {
            let batchStart = Clock.now
            for _ in 0..<stages {
                pool.parallelFor(pool.workers, context: nil) { _, _, _, _ in }
            }
            samples.append(Double(Clock.now - batchStart) / Double(stages))
        } while Clock.now - start < nanoseconds
        return samples.median
    }
}
