import CUNet1DSystem
import KernelArguments
import Memory

/// What the workers did, and when, in some forwards of one plan: the memory into which traced forwards write.
///
/// Each worker has a row, in which it alone writes: a count, then slices in the order in which they began. A row has room
/// for every tile of every forward, so that none is lost, whoever runs it. Between two slices a worker had no tile.
///
/// One forward writes at a time. What it wrote may be read when it has returned.
package final class ForwardTrace: @unchecked Sendable {
    // Sendable unchecked: the memory is this object's own, and forwards that write to it follow one another.

    /// Consecutive tiles of one operation that one worker ran without another between them.
    package struct Slice {
        /// When the first tile began, in nanoseconds of CLOCK_MONOTONIC.
        package let begin: UInt64
        /// When the last tile ended.
        package fileprivate(set) var end: UInt64
        /// Which forward, from 0.
        package let forward: UInt32
        /// The operation's index in the plan.
        package let operation: UInt32
        /// The first of its tiles, and the one after the last.
        package let firstTile: UInt32
        package fileprivate(set) var endTile: UInt32
    }

    /// When a forward began and ended, in nanoseconds of CLOCK_MONOTONIC.
    package struct Forward {
        package let begin: UInt64
        package fileprivate(set) var end: UInt64
    }

    /// The workers of the pool.
    package let workers: Int
    /// The forwards that there is room for.
    package let capacity: Int
    /// The tiles of the plan's forward.
    private let tiles: Int
    private let memory: MappedMemory
    private let head: UnsafeMutablePointer<TraceHead>
    private let recorded: UnsafeMutablePointer<Forward>

    /// Bytes of a trace of `forwards` forwards of `plan`.
    package static func bytes(_ plan: Plan, workers: Int, forwards: Int) -> Int {
        Parts(plan, workers: workers, forwards: forwards).bytes
    }

    /// Maps and touches the memory.
    ///
    /// - Parameters:
    ///   - forwards: how many will be recorded, 1 or more.
    /// - Throws: `MemoryError.mapping`.
    package init(_ plan: Plan, workers: Int, forwards: Int) throws(MemoryError) {
        let parts = Parts(plan, workers: workers, forwards: forwards)
        memory = try MappedMemory(touchedBytes: parts.bytes)
        head = memory.base.bindMemory(to: TraceHead.self, capacity: 1)
        recorded = (memory.base + parts.forwards).bindMemory(to: Forward.self, capacity: forwards)
        head.initialize(to: TraceHead(rows: memory.base + parts.rows, rowBytes: parts.rowBytes))
        self.workers = workers
        capacity = forwards
        tiles = parts.tiles
    }

    /// The forwards that were recorded.
    package var forwards: UnsafeBufferPointer<Forward> {
        UnsafeBufferPointer(start: recorded, count: head.pointee.forwards)
    }

    /// What a worker did, in the order in which it began. Valid as long as the trace.
    package func slices(of worker: Int) -> UnsafeBufferPointer<Slice> {
        let row = head.pointee.row(of: worker)
        return UnsafeBufferPointer(start: row.slices, count: row.count.pointee)
    }

    /// What `runTracedTile` takes for its context.
    package var context: UnsafeRawPointer { UnsafeRawPointer(head) }

    /// Begins a forward of `plan` that runs in `context`. Allocates nothing.
    ///
    /// - Precondition: there is room, and the trace was made for this plan and its pool.
    package func begin(_ plan: borrowing BoundPlan, _ context: UnsafePointer<ForwardContext>, workers: Int) {
        let number = head.pointee.forwards
        precondition(number < capacity, "the trace has no room for another forward")
        precondition(
            workers == self.workers && plan.forwardTiles <= tiles, "the trace was made for another plan or pool")
        head.pointee.context = context
        head.pointee.operations = plan.firstOperation
        head.pointee.forwards = number + 1
        let now = system_monotonic_nanoseconds()
        (recorded + number).initialize(to: Forward(begin: now, end: now))
    }

    /// Ends the forward that was begun.
    package func end() { recorded[head.pointee.forwards - 1].end = system_monotonic_nanoseconds() }

    /// Where the parts of the memory begin.
    private struct Parts {
        let forwards = roundUp(MemoryLayout<TraceHead>.stride, TraceRow.alignment)
        let rows: Int
        let rowBytes: Int
        let bytes: Int
        let tiles: Int

        init(_ plan: Plan, workers: Int, forwards count: Int) {
            tiles = plan.forwardTiles
            rows = forwards + roundUp(count * MemoryLayout<Forward>.stride, TraceRow.alignment)
            rowBytes = roundUp(
                TraceRow.headerBytes + count * tiles * MemoryLayout<Slice>.stride, TraceRow.alignment)
            bytes = rows + workers * rowBytes
        }
    }
}

/// What a worker needs to record a tile.
struct TraceHead {
    /// The context of the forward that runs.
    var context: UnsafePointer<ForwardContext>?
    /// The first operation of its plan.
    var operations: UnsafePointer<BoundOperation>?
    /// The forwards so far, the one that runs included.
    var forwards = 0
    let rows: UnsafeMutableRawPointer
    let rowBytes: Int

    init(rows: UnsafeMutableRawPointer, rowBytes: Int) {
        self.rows = rows
        self.rowBytes = rowBytes
    }

    func row(of worker: Int) -> TraceRow { TraceRow(base: rows + worker * rowBytes) }
}

/// A handle to what one worker wrote.
struct TraceRow {
    /// Two cache lines, so that no two workers write to the same pair.
    static let alignment = 128
    /// Bytes before the first slice.
    static let headerBytes = 64

    let base: UnsafeMutableRawPointer

    /// Slices.
    var count: UnsafeMutablePointer<Int> { base.assumingMemoryBound(to: Int.self) }

    var slices: UnsafeMutablePointer<ForwardTrace.Slice> {
        (base + Self.headerBytes).assumingMemoryBound(to: ForwardTrace.Slice.self)
    }

    /// The slice that a tile belongs to: the last one where the tile continues it, else a new one, which begins now.
    func slice(forward: UInt32, operation: UInt32, tile: UInt32) -> UnsafeMutablePointer<ForwardTrace.Slice> {
        let count = count.pointee
        if count > 0 {
            let last = slices + (count - 1)
            if last.pointee.endTile == tile, last.pointee.operation == operation, last.pointee.forward == forward {
                last.pointee.endTile = tile &+ 1
                return last
            }
        }
        let now = system_monotonic_nanoseconds()
        let new = slices + count
        new.initialize(
            to: ForwardTrace.Slice(
                begin: now, end: now, forward: forward, operation: operation, firstTile: tile, endTile: tile &+ 1))
        self.count.pointee = count &+ 1
        return new
    }
}

/// Runs what a worker claims, as `runTile` does, and records it. Allocates nothing, takes no lock, throws nothing.
///
/// - Parameter context: that of a `ForwardTrace`.
package func runTracedTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let head = context.unsafelyUnwrapped.assumingMemoryBound(to: TraceHead.self)
    let forward = head.pointee.context.unsafelyUnwrapped
    let bound = forward.pointee.stages[stage]
    let row = head.pointee.row(of: worker)
    let number = UInt32(truncatingIfNeeded: head.pointee.forwards &- 1)
    var tile = tile
    let end = bound.isSerial ? bound.tiles : tile + 1
    while tile < end {
        let operation = bound.operation(ofTile: tile)
        let slice = row.slice(
            forward: number,
            operation: UInt32(
                truncatingIfNeeded: UnsafePointer(operation) - head.pointee.operations.unsafelyUnwrapped),
            tile: UInt32(truncatingIfNeeded: tile - operation.pointee.firstTile))
        runOneTile(UnsafeRawPointer(forward), stage, tile, worker)
        slice.pointee.end = system_monotonic_nanoseconds()
        tile += 1
    }
}
