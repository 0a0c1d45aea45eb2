import CUNet1DSystem
import Synchronization

/// Words that several threads share, in memory of the pool that never moves; a futex sleeps on their address.
typealias Word32 = UnsafeMutablePointer<Atomic<UInt32>>
typealias Word64 = UnsafeMutablePointer<Atomic<UInt64>>

/// Two cache lines: x86 prefetches lines in pairs, so words that different threads write lie so far apart.
let lineBytes = 128

/// What a run is, written by its caller before any worker is told of it. Plain data: copying it counts no reference.
struct RunDescriptor {
    var context: UnsafeRawPointer?
    var stages: UnsafePointer<Int>
    var count: Int
    var function: StageFunction
    var executed: UnsafeMutablePointer<Int>?
}

/// The control words of one run. A handle: the words are in `PoolMemory`.
///
/// `current` packs (tiles << 32 | tag), tag = stage + 1, 0 before the first stage and `over` after the last, so that a
/// worker learns both with one load and never reads the caller's memory unless it holds a tile: the caller may
/// return, and free what it passed, while a late worker is still finding out that nothing is left.
struct ControlBlock {
    static let over = UInt32.max
    private static let fixedLines = 4

    let base: UnsafeMutableRawPointer

    static func bytes(workers: Int) -> Int { (fixedLines + workers) * lineBytes }

    /// How many threads may still touch this block: the caller and the workers it took. 0: free.
    var members: Word32 { base.assumingMemoryBound(to: Atomic<UInt32>.self) }

    /// The stage that may be claimed from. Its low half, the tag, is what waiting threads sleep on.
    var current: Word64 { (base + lineBytes).assumingMemoryBound(to: Atomic<UInt64>.self) }

    /// How many threads sleep on `current`, or are about to. On the line of `current`, which a publisher owns anyway.
    var sleepers: Word32 { (base + lineBytes + 8).assumingMemoryBound(to: Atomic<UInt32>.self) }

    /// Tiles of the current stage that have been executed.
    var done: Word64 { (base + 2 * lineBytes).assumingMemoryBound(to: Atomic<UInt64>.self) }

    var descriptor: UnsafeMutablePointer<RunDescriptor> {
        (base + 3 * lineBytes).assumingMemoryBound(to: RunDescriptor.self)
    }

    /// The tiles of `worker` that are claimed: (tag << 32 | next tile). An older tag means that none is yet, so a new
    /// stage needs no set-up; a newer one that the stage is over.
    func range(_ worker: Int) -> Word64 {
        (base + (Self.fixedLines + worker) * lineBytes).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// Lets waiting threads claim from a stage, or go (`tag` = `over`).
    ///
    /// Sequentially consistent on purpose: either this thread sees the sleeper, or the sleeper sees the new tag.
    func publish(tag: UInt32, tiles: UInt64) {
        current.pointee.store(tiles << 32 | UInt64(tag), ordering: .sequentiallyConsistent)
        if sleepers.pointee.load(ordering: .sequentiallyConsistent) != 0 {
            _ = system_futex_wake(current, Int32.max)
        }
    }

    /// Waits until the current stage is not `tag`: spins for `spinTicks`, then sleeps. Returns the new `current`.
    func wait(past tag: UInt32, spinTicks: UInt64) -> UInt64 {
        var spin = BoundedSpin(ticks: spinTicks)
        while true {
            let word = current.pointee.load(ordering: .acquiring)
            if UInt32(truncatingIfNeeded: word) != tag { return word }
            if spin.step() { continue }
            sleepers.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
            _ = system_futex_wait(current, tag, UInt64.max)
            sleepers.pointee.wrappingSubtract(1, ordering: .relaxed)
        }
    }
}

/// The word through which a worker is taken: (block << 3 | state). Who changes what:
/// - a caller: idle or parked → assigned, and at the end of its run assigned → idle;
/// - the worker: idle → parked, assigned → running, running → idle;
/// - the end of the pool: idle or parked → quit.
enum Mailbox {
    static let idle: UInt32 = 0
    static let parked: UInt32 = 1
    static let assigned: UInt32 = 2
    static let running: UInt32 = 3
    static let quit: UInt32 = 4

    static func word(_ state: UInt32, block: Int) -> UInt32 { UInt32(truncatingIfNeeded: block) << 3 | state }
    static func state(_ word: UInt32) -> UInt32 { word & 7 }
    static func block(_ word: UInt32) -> Int { Int(word >> 3) }
}
