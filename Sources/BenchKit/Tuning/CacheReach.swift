import Memory
import UNet1D

/// How many bytes of weights stay in the last-level cache from one forward to the next.
enum CacheReach {
    /// The most bytes that, read again and again by one core, come nearer to the last level's bandwidth than to
    /// memory's.
    static func bytes(
        _ pool: WorkerPool, _ bandwidths: MachineProfile.Bandwidths, _ budget: TuningBudget
    ) throws(BenchError) -> Int {
        let cache = CacheSizes.lastLevelBytes(workers: 1)
        let threshold = (bandwidths.l3 * bandwidths.memory).squareRoot()
        var reached = 0
        for share in budget.cacheShares {
            let bytes = Int(Double(cache) * share)
            let probe = try Tuning.memory { () throws(MemoryError) in
                try ReadProbe(.anywhere(bytes: bytes), workers: pool.workers)
            }
            guard probe.bandwidth(pool, nanoseconds: budget.probeNanoseconds) >= threshold else { break }
            reached = bytes
        }
        return reached
    }
}
