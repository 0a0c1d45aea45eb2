import Memory
import Planning
import Workers

/// How memory is placed on a machine with several memory nodes. Decides no bits.
///
/// The system may refuse to place pages, or a node may have no room. The pages then stay where they are, and
/// `Session.placement` reports it.
public enum NUMAPolicy: String, Sendable, Hashable, CaseIterable {
    /// `off` on a machine of one node; else `replicate` if the copies fit in a quarter of free memory, else
    /// `interleave`.
    case auto
    /// Nothing is placed: pages lie on the node of the thread that makes the session and packs the weights.
    case off
    /// The arena and the scratch by the workers' nodes, the pages of packed weights over these nodes in turn.
    case interleave
    /// The arena and the scratch by the workers' nodes, a copy of the packed weights on each of these nodes. As
    /// `interleave` where workers are not bound.
    case replicate
}

/// A policy, resolved for the workers of a pool.
package struct NodeArrangement: Sendable {
    /// The requested policy.
    package let requested: NUMAPolicy
    /// The policy that `requested` resolves to; never `auto`.
    package let policy: NUMAPolicy
    /// For each worker the place of its node in `Topology.nodes`; nil where workers are not bound.
    package let workerNodes: [Int]?
    /// For each node the kernel's number of the node that has its memory.
    package let memoryNodes: [Int]
    /// The kernel's numbers of the nodes that weights are spread over, or copied to.
    package let weightNodes: [Int]

    /// Resolves a policy.
    ///
    /// - Parameters:
    ///   - topology: the machine.
    ///   - workerNodes: the place of each worker's node in `topology.nodes`; nil: they are not bound.
    ///   - missingBytes: the bytes of the copies on the given nodes that are not packed yet.
    package init(
        _ requested: NUMAPolicy, topology: Topology, workerNodes: [Int]?, missingBytes: ([Int]) -> Int
    ) {
        self.requested = requested
        self.workerNodes = workerNodes
        memoryNodes = topology.memoryNodes
        let used = workerNodes ?? topology.nodesWithCores
        weightNodes = Set(used.map { topology.memoryNodes[$0] }).sorted()
        switch requested {
        // Unbound workers may read any copy, so that copies gain nothing.
        case .replicate where workerNodes == nil: policy = .interleave
        case .off, .interleave, .replicate: policy = requested
        case .auto where topology.nodes.count == 1: policy = .off
        case .auto where workerNodes == nil: policy = .interleave
        case .auto:
            let free = FreeMemory.bytes() ?? 0
            policy = missingBytes(weightNodes) <= free / 4 ? .replicate : .interleave
        }
    }

    /// The places of the packed weights, one for each copy.
    var weightPlacements: [WeightPlacement] {
        switch policy {
        case .auto, .off: [.anywhere]
        case .interleave: [.interleaved(weightNodes)]
        case .replicate: weightNodes.map { .node($0) }
        }
    }

    /// For each worker the place of its copy among `weightPlacements`.
    func copies(workers: Int) -> [Int] {
        guard policy == .replicate, let workerNodes else { return Array(repeating: 0, count: workers) }
        return workerNodes.map { weightNodes.firstIndex(of: memoryNodes[$0]) ?? 0 }
    }

    /// Where the pages of a session's memory should lie: the arena, then a slab of scratch for each worker. An arena
    /// that plans share goes by the largest of them.
    ///
    /// - Parameter arenaBytes: the bytes of the arena in whole pages; 0 if the arena lies elsewhere.
    func map(_ plans: [Plan], arenaBytes: Int, scratchStride: Int, workers: Int) -> NodeMap {
        var map = NodeMap()
        guard policy != .off else { return map }
        guard let workerNodes else {
            map.append(offset: 0, bytes: arenaBytes + workers * scratchStride, nodes: weightNodes)
            return map
        }
        if arenaBytes > 0, let plan = plans.max(by: { $0.arenaBytes < $1.arenaBytes }) {
            let shares = NodeShares(plan, workerNodes: workerNodes, nodeCount: memoryNodes.count)
            map = shares.arenaMap(memoryNodes: memoryNodes)
        }
        for (worker, node) in workerNodes.enumerated() {
            map.append(offset: arenaBytes + worker * scratchStride, bytes: scratchStride, nodes: [memoryNodes[node]])
        }
        return map
    }
}

extension WorkerPool {
    /// The node of each worker, by its place in `Topology.nodes`; nil where a worker may run anywhere. The caller
    /// counts as staying where it made the pool.
    var boundNodes: [Int]? {
        placement.cpus.contains(nil) || pinning.refusal != 0 ? nil : placement.nodes
    }
}
