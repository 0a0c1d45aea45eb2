import Glibc
import Memory
import UNet1D

/// Memory that, once read, has pushed everything else out of the caches of the workers and of the last level.
final class CacheEviction {
    private let memory: MappedMemory
    private let bytes: Int
    private static let tileBytes = 1 << 20

    /// Maps and touches twice the last-level cache, and some megabytes for each worker.
    ///
    /// - Throws: `MemoryError` where the system refuses the memory.
    init(workers: Int) throws(MemoryError) {
        let wanted = max(2 * CacheSizes.lastLevelBytes(), workers * 8 << 20)
        bytes = (wanted + Self.tileBytes - 1) / Self.tileBytes * Self.tileBytes
        memory = try MappedMemory(bytes: bytes)
        // Untouched pages would all be the one page of zeros.
        memset(memory.base, 1, bytes)
    }

    /// Reads it all, by all workers. Allocates nothing.
    func run(_ pool: WorkerPool) {
        pool.parallelFor(bytes / Self.tileBytes, context: UnsafeRawPointer(memory.base), function: readTile)
    }
}

/// Reads one tile: memchr looks for a byte that is not there, at full width whatever this file is compiled for.
private func readTile(_ context: UnsafeRawPointer?, _: Int, _ tile: Int, _: Int) {
    // Looked at, so that the call stays.
    let found = memchr(context.unsafelyUnwrapped + (tile << 20), 2, 1 << 20)
    precondition(found == nil)
}
