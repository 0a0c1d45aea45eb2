import Memory
import Synchronization

/// Everything the threads of a pool share: one mapping, made with the pool and never moved. Its pages are touched, so
/// that no run faults them in.
///
/// Sendable unchecked: the pointers never change after `init`, and what they point at is either atomic or written
/// before the pool's threads start. The threads hold a reference, so it outlives the last of them.
final class PoolMemory: @unchecked Sendable {
    let state: PoolState
    private let mapping: MappedMemory

    init(workers: Int, stealOrder: [UInt16], spinNanoseconds: UInt64) throws(WorkerPoolError) {
        let bytes = PoolState.bytes(workers: workers) + stealOrder.count * MemoryLayout<UInt16>.stride
        do throws(MemoryError) { mapping = try MappedMemory(touchedBytes: bytes) } catch { throw .memory(error) }
        state = PoolState(
            workers: workers, stealOrder: stealOrder, spinTicks: BoundedSpin.ticks(nanoseconds: spinNanoseconds),
            base: mapping.base)
    }
}

/// Handle to a pool's shared words: plain data, so that using it counts no reference.
struct PoolState {
    let workers: Int
    let spinTicks: UInt64

    private let base: UnsafeMutableRawPointer
    /// Row w: the workers from whose ranges worker w claims, in order, itself first.
    private let stealOrder: UnsafeMutablePointer<UInt16>

    /// - Parameter base: `bytes(workers:)` zeros, in which all words have their first value (free blocks, idle
    ///   mailboxes), and room for the steal order after them.
    init(workers: Int, stealOrder order: [UInt16], spinTicks: UInt64, base: UnsafeMutableRawPointer) {
        self.workers = workers
        self.spinTicks = spinTicks
        self.base = base
        stealOrder = (base + Self.bytes(workers: workers)).bindMemory(to: UInt16.self, capacity: order.count)
        stealOrder.initialize(from: order, count: order.count)
    }

    /// Bytes of mailboxes and control blocks.
    static func bytes(workers: Int) -> Int {
        workers * lineBytes + blocks(workers: workers) * ControlBlock.bytes(workers: workers)
    }

    private static func blocks(workers: Int) -> Int { min(workers, 32) }

    /// Runs that can have workers at the same time; a run that finds no block free computes on its caller alone.
    var blocks: Int { Self.blocks(workers: workers) }

    func mailbox(_ worker: Int) -> Word32 { (base + worker * lineBytes).assumingMemoryBound(to: Atomic<UInt32>.self) }

    func block(_ index: Int) -> ControlBlock {
        ControlBlock(base: base + workers * lineBytes + index * ControlBlock.bytes(workers: workers))
    }

    func victims(of worker: Int) -> UnsafePointer<UInt16> { UnsafePointer(stealOrder + worker * workers) }
}
