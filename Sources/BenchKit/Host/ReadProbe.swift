import Glibc
import Memory
import UNet1D

/// The reading bandwidth of workers, from one level of the caches or from memory.
final class ReadProbe {
    /// Where bytes come from.
    enum Level: Sendable, Equatable {
        /// The first level; each worker has bytes of its own.
        case first
        /// The second level; each worker has bytes of its own.
        case second
        /// The last level, whose bytes the workers share.
        case last
        /// Beyond the caches.
        case memory
        /// The level in which `bytes`, shared by the workers, are found when they are read again and again.
        case anywhere(bytes: Int)
    }

    private let memory: MappedMemory
    private var work: ReadWork
    private let tiles: Int

    /// Maps and touches what is read.
    ///
    /// - Throws: `MemoryError` where the system refuses the memory, or has too little of it.
    init(_ level: Level, workers: Int) throws(MemoryError) {
        let first = CacheSizes.bytes(level: 1) ?? 32 << 10
        let second = CacheSizes.bytes(level: 2) ?? 512 << 10
        let isPrivate = level == .first || level == .second
        let wanted: Int
        switch level {
        // Half of the cache, so that what else a worker reads does not push it out.
        case .first: wanted = first / 2
        case .second: wanted = second / 2
        case .last:
            // A quarter of it, as others may use it too, but more than the levels before it hold.
            let last = CacheSizes.lastLevelBytes(workers: workers)
            wanted = min(last * 3 / 4, max(last / 4, 4 * second * workers))
        case .memory:
            // Caches that do not drop the oldest line first still hold some of what is read in turns: with twice their size half
            // of the bytes would come from them.
            let last = CacheSizes.lastLevelBytes(workers: workers)
            let enough = max(2 * last, workers * 8 << 20)
            let available = AvailableMemory.bytes() ?? .max
            guard enough <= available / 2 else { throw .mapping(bytes: enough, errorNumber: ENOMEM) }
            wanted = max(enough, min(8 * last, 1 << 30, available / 2))
        case .anywhere(let bytes): wanted = bytes
        }
        // Small enough that workers share them evenly, large enough that claiming one costs little.
        let tileBytes = isPrivate ? max(4096, wanted / 4096 * 4096) : 256 << 10
        let bytes = isPrivate ? workers * tileBytes : max(1, wanted / tileBytes) * tileBytes
        tiles = isPrivate ? 8 * workers : bytes / tileBytes
        memory = try MappedMemory(bytes: bytes)
        // Untouched pages would all be the one page of zeros.
        memset(memory.base, 1, bytes)
        work = ReadWork(
            base: UnsafeRawPointer(memory.base), tileBytes: tileBytes, isPrivate: isPrivate,
            passes: isPrivate ? max(1, (4 << 20) / tileBytes) : 1)
    }

    /// Bytes a second of all workers of `pool` together, the best round in `nanoseconds`.
    func bandwidth(_ pool: WorkerPool, nanoseconds: UInt64) -> Double {
        let bytes = Double(tiles * work.passes * work.tileBytes)
        var best = 0.0
        let start = Clock.now
        repeat {
            let roundStart = Clock.now
            pool.parallelFor(tiles, context: &work, function: readTile)
            best = max(best, bytes / Double(max(1, Clock.now - roundStart)) * 1e9)
        } while Clock.now - start < nanoseconds
        return best
    }
}

private struct ReadWork {
    let base: UnsafeRawPointer
    let tileBytes: Int
    /// Whether a tile is read where the worker's own bytes are.
    let isPrivate: Bool
    let passes: Int
}

/// Reads one tile: memchr looks for a byte that is not there, at full width whatever this file is compiled for.
private func readTile(_ context: UnsafeRawPointer?, _: Int, _ tile: Int, _ worker: Int) {
    let work = context.unsafelyUnwrapped.assumingMemoryBound(to: ReadWork.self)
    let start = work.pointee.base + (work.pointee.isPrivate ? worker : tile) * work.pointee.tileBytes
    for _ in 0..<work.pointee.passes {
        // Looked at, so that the call stays.
        let found = memchr(start, 2, work.pointee.tileBytes)
        precondition(found == nil)
    }
}
