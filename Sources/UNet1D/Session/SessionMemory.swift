import Arena
import Memory
import Planning
import Workers

/// The memory of a session: one mapping with the arena, then a slab of scratch for each worker. Shapes share the arena,
/// which is sized for the largest; where the caller brings memory for the activations, the mapping has the scratch
/// alone.
///
/// Sendable: it holds addresses only; the memory belongs to the owner of the session.
final class SessionMemory: @unchecked Sendable {
    /// For each plan, where each of its buffers begins.
    let buffers: [[UnsafeMutableRawPointer]]
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int
    /// The arena bytes of the largest plan.
    let arenaBytes: Int
    /// Bytes of the mapping before the scratch: the arena in whole pages, none where that lies elsewhere.
    let mappedArenaBytes: Int
    private let mapping: MappedMemory
    private let supplied: SuppliedMemory?
    private let guarded: GuardedBuffers?
    private let guardedBytes: [Int]
    private let nodeMap: NodeMap
    private let nodeRefusal: Int32

    /// Where the arena of a session is.
    enum Arena {
        /// In the session's own mapping.
        case mapped
        /// In memory of the caller, which outlives the session.
        case supplied(UnsafeMutableRawBufferPointer)
        /// For tests: every buffer ends at a guard page instead of at the next buffer.
        case guarded
    }

    /// Maps the memory of `plans`, binds its pages to nodes, and touches them. Memory of the caller stays where it is.
    init(
        _ plans: [Plan], workers: Int, arena: Arena, options: MappedMemory.Options, nodes: NodeArrangement
    ) throws(MemoryError) {
        arenaBytes = plans.reduce(0) { max($0, $1.arenaBytes) }
        // Slabs start on pages of their own: no two workers share a line.
        scratchStride = try wholePages(plans.reduce(0) { max($0, $1.scratchBytesPerWorker) })
        var mappedArena = 0
        var supplied: SuppliedMemory?
        var guarded: GuardedBuffers?
        var guardedBytes: [Int] = []
        switch arena {
        case .mapped: mappedArena = try wholePages(arenaBytes)
        case .supplied(let memory):
            supplied = try SuppliedMemory(memory, needed: arenaBytes, alignment: ArenaLayout.alignment)
        case .guarded:
            guardedBytes = plans.flatMap { $0.bufferPlacements.map { max(64, $0.usage.bytes) } }
            guarded = try GuardedBuffers(sizes: guardedBytes)
        }
        let nodeMap = nodes.map(plans, arenaBytes: mappedArena, scratchStride: scratchStride, workers: workers)
        var nodeRefusal: Int32 = 0
        mapping = try MappedMemory(bytes: mappedArena + workers * scratchStride, options: options) { base in
            nodeRefusal = NodeMemory.bind(nodeMap, base: base) { FreeMemory.bytes(ofNode: $0) }
        }
        mapping.touch()
        self.nodeMap = nodeMap
        self.nodeRefusal = nodeRefusal
        supplied?.zero(arenaBytes)
        scratch = mapping.base + mappedArena
        mappedArenaBytes = mappedArena
        if case .guarded = arena {
            var own = (guarded?.buffers ?? [])[...]
            buffers = plans.map { plan in
                let count = plan.bufferPlacements.count
                defer { own = own.dropFirst(count) }
                return Array(own.prefix(count))
            }
        } else {
            let base = supplied?.base ?? mapping.base
            buffers = plans.map { $0.bufferPlacements.map { base + $0.offset } }
        }
        self.supplied = supplied
        self.guarded = guarded
        self.guardedBytes = guardedBytes
    }

    /// The bytes that the session itself mapped.
    var bytes: Int { mapping.bytes }

    /// The options that the system granted.
    var granted: MappedMemory.Granted { mapping.granted }

    /// Bytes of the mapping in huge pages; nil where the system does not tell.
    func hugePageBytes() -> Int? { mapping.hugePageBytes() }

    /// Where the pages lie now. Allocates.
    func nodeOutcome() -> NodeOutcome { NodeMemory.outcome(nodeMap, base: mapping.base, refusal: nodeRefusal) }

    /// Fills arena and scratch with one byte.
    func fill(with byte: UInt8) {
        UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.bytes).initializeMemory(
            as: UInt8.self, repeating: byte)
        supplied?.base.initializeMemory(as: UInt8.self, repeating: byte, count: arenaBytes)
        for (buffer, bytes) in zip(buffers.joined(), guardedBytes) {
            buffer.initializeMemory(as: UInt8.self, repeating: byte, count: bytes)
        }
    }
}
