import CUNet1DSystem
import Synchronization

/// Everything the threads of a pool share: one mapping, made with the pool and never moved.
///
/// Sendable unchecked: the pointers never change after `init`, and what they point at is either atomic or written
/// before the pool's threads start. The threads hold a reference, so it outlives the last of them.
final class PoolMemory: @unchecked Sendable {
    let words: PoolWords

    init(workers: Int, stealOrder: [UInt16], options: WorkerPool.Options) throws(WorkerPoolError) {
        words = try PoolWords(workers: workers, stealOrder: stealOrder, options: options)
    }

    deinit { words.unmap() }
}

/// Handle to a pool's shared words: plain data, so that using it counts no reference.
struct PoolWords {
    let workers: Int
    /// Runs that can have workers at the same time; a run that finds no block free computes on its caller alone.
    let blocks: Int
    let spinTicks: UInt64
    let shuffleSeed: UInt64?
    let withoutStageBarrier: Bool

    private let base: UnsafeMutableRawPointer
    private let bytes: Int
    private let blockBytes: Int
    /// Row w: the workers from whose ranges worker w claims, in order, itself first.
    private let stealOrder: UnsafeMutablePointer<UInt16>

    init(workers: Int, stealOrder order: [UInt16], options: WorkerPool.Options) throws(WorkerPoolError) {
        self.workers = workers
        blocks = min(workers, 32)
        spinTicks = BoundedSpin.ticks(nanoseconds: options.spinNanoseconds)
        if case .shuffled(let seed) = options.claimOrder { shuffleSeed = seed } else { shuffleSeed = nil }
        withoutStageBarrier = options.withoutStageBarrier
        blockBytes = ControlBlock.bytes(workers: workers)
        let controlBytes = workers * lineBytes + blocks * blockBytes
        let page = system_page_bytes()
        bytes = (controlBytes + order.count * MemoryLayout<UInt16>.stride + page - 1) / page * page
        var mapped: UnsafeMutableRawPointer?
        let refusal = system_map(bytes, &mapped)
        guard refusal == 0, let mapped else { throw .memory(bytes: bytes, errorNumber: refusal) }
        base = mapped
        // The kernel may gather pages of the malloc heap into huge ones under a run, which would fault.
        _ = system_keep_page_sizes(base, bytes)
        // All words are trivial and start at zero: free blocks, idle mailboxes. Written, so that no run faults the pages in.
        base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        stealOrder = (base + controlBytes).bindMemory(to: UInt16.self, capacity: order.count)
        stealOrder.initialize(from: order, count: order.count)
    }

    func unmap() { _ = system_unmap(base, bytes) }

    func mailbox(_ worker: Int) -> Word32 { (base + worker * lineBytes).assumingMemoryBound(to: Atomic<UInt32>.self) }

    func block(_ index: Int) -> ControlBlock {
        ControlBlock(base: base + workers * lineBytes + index * blockBytes)
    }

    func victims(of worker: Int) -> UnsafePointer<UInt16> { UnsafePointer(stealOrder + worker * workers) }
}
