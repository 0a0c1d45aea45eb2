import Synchronization

/// Everything the threads of a pool share: one allocation, made with the pool and never moved.
///
/// Sendable unchecked: the pointers never change after `init`, and what they point at is either atomic or written
/// before the pool's threads start. The threads hold a reference, so it outlives the last of them.
final class PoolMemory: @unchecked Sendable {
    let words: PoolWords

    init(workers: Int, stealOrder: [UInt16], options: WorkerPoolOptions) {
        words = PoolWords(workers: workers, stealOrder: stealOrder, options: options)
    }

    deinit { words.deallocate() }
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
    private let blockBytes: Int
    /// Row w: the workers from whose ranges worker w claims, in order, itself first.
    private let stealOrder: UnsafeMutablePointer<UInt16>

    init(workers: Int, stealOrder order: [UInt16], options: WorkerPoolOptions) {
        self.workers = workers
        blocks = min(workers, 32)
        spinTicks = BoundedSpin.ticks(nanoseconds: options.spinNanoseconds)
        if case .shuffled(let seed) = options.claimOrder { shuffleSeed = seed } else { shuffleSeed = nil }
        withoutStageBarrier = options.withoutStageBarrier
        blockBytes = ControlBlock.bytes(workers: workers)
        let mailboxBytes = workers * lineBytes
        let bytes = mailboxBytes + blocks * blockBytes
        base = .allocate(byteCount: bytes, alignment: lineBytes)
        // All words are trivial and start at zero: free blocks, idle mailboxes.
        base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        stealOrder = .allocate(capacity: max(1, order.count))
        stealOrder.initialize(from: order, count: order.count)
    }

    func deallocate() {
        base.deallocate()
        stealOrder.deallocate()
    }

    func mailbox(_ worker: Int) -> Word32 { (base + worker * lineBytes).assumingMemoryBound(to: Atomic<UInt32>.self) }

    func block(_ index: Int) -> ControlBlock {
        ControlBlock(base: base + workers * lineBytes + index * blockBytes)
    }

    func victims(of worker: Int) -> UnsafePointer<UInt16> { UnsafePointer(stealOrder + worker * workers) }
}
