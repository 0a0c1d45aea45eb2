import Arena
import Planning
import Workers

/// The memory of a session: one mapping with the arena, then a slab of scratch for each worker.
///
/// Sendable: addresses only; what lies there belongs to whoever has the session.
final class SessionMemory: @unchecked Sendable {
    /// Where each buffer of the plan begins.
    let buffers: [UnsafeMutableRawPointer]
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int
    /// Bytes of the arena, whole pages.
    let arenaBytes: Int
    private let mapping: MappedMemory
    private let guarded: GuardedBuffers?
    private let guardedBytes: [Int]
    private let nodeMap: NodeMap
    private let nodeRefusal: Int32

    /// Maps the memory, binds its pages to nodes, and touches them. With `guarded` every buffer ends at a guard page instead of at
    /// the next buffer, and nothing is bound.
    init(
        _ plan: Plan, workers: Int, options: MappedMemory.Options, guarded: Bool, nodes: NodeArrangement
    ) throws(ArenaError) {
        // Slabs start on pages of their own: no two workers share a line.
        scratchStride = (plan.scratchBytesPerWorker + 4095) / 4096 * 4096
        arenaBytes = (plan.arenaBytes + 4095) / 4096 * 4096
        mapping = try MappedMemory(bytes: (guarded ? 0 : arenaBytes) + workers * scratchStride, options: options)
        nodeMap =
            guarded
            ? NodeMap()
            : nodes.map(plan, arenaBytes: arenaBytes, scratchStride: scratchStride, workers: workers)
        nodeRefusal = NodeMemory.bind(nodeMap, base: mapping.base) { FreeMemory.bytes(ofNode: $0) }
        mapping.touch()
        let placements = plan.bufferPlacements
        if guarded {
            guardedBytes = placements.map { max(64, $0.usage.bytes) }
            let own = try GuardedBuffers(sizes: guardedBytes)
            buffers = own.buffers
            self.guarded = consume own
            scratch = mapping.base
        } else {
            let base = mapping.base
            buffers = placements.map { base + $0.offset }
            self.guarded = nil
            guardedBytes = []
            scratch = base + arenaBytes
        }
    }

    var bytes: Int { mapping.bytes }

    var isLocked: Bool { mapping.granted.locked }

    /// What became of the mapping's options.
    var granted: MappedMemory.Granted { mapping.granted }

    /// Where the pages lie now. Allocates.
    func nodeOutcome() -> NodeOutcome { NodeMemory.outcome(nodeMap, base: mapping.base, refusal: nodeRefusal) }

    /// Fills arena and scratch with one byte.
    func fill(with byte: UInt8) {
        UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.bytes).initializeMemory(
            as: UInt8.self, repeating: byte)
        for (buffer, bytes) in zip(buffers, guardedBytes) {
            buffer.initializeMemory(as: UInt8.self, repeating: byte, count: bytes)
        }
    }
}
