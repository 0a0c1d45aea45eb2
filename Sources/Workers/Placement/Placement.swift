/// Which worker runs on which CPU. A pure function of the request and the machine; it never decides results.
///
/// Physical cores come before second hardware threads. Workers of a node have consecutive numbers, since workers claim
/// consecutive ranges of tiles.
package struct Placement: Sendable, Equatable {
    /// The CPU of each worker; all nil where workers are not bound.
    package let cpus: [Int?]

    /// The node of each worker, an index in `Topology.nodes`; all 0 where workers are not bound.
    package let nodes: [Int]

    /// Places workers.
    ///
    /// - Parameters:
    ///   - workers: 1 or more. More than there are CPUs are not bound, so that the scheduler can share the CPUs.
    ///   - topology: the machine.
    ///   - policy: how to spread.
    ///   - pinned: false binds nobody.
    ///   - callerCPU: where worker 0 runs, if known: that CPU and its node are then taken first.
    package init(
        workers: Int, topology: Topology, policy: WorkerPool.Options.Policy = .spread, pinned: Bool = true,
        callerCPU: Int? = nil
    ) {
        let order = Self.order(topology, policy: policy, callerCPU: callerCPU)
        guard pinned, workers <= order.count else {
            cpus = Array(repeating: nil, count: workers)
            nodes = Array(repeating: 0, count: workers)
            return
        }
        let chosen = order.prefix(workers)
        var byNode: [Slot] = []
        for node in chosen.map(\.node).uniqued() { byNode += chosen.filter { $0.node == node } }
        cpus = byNode.map(\.cpu)
        nodes = byNode.map(\.node)
    }

    /// For each worker in turn all workers in the order in which it takes tiles from them: itself, then by the
    /// distance of their nodes, then by the next number.
    func stealOrder(topology: Topology) -> [UInt16] {
        let count = nodes.count
        var order: [UInt16] = []
        order.reserveCapacity(count * count)
        for thief in 0..<count {
            let distances = topology.nodes[nodes[thief]].distances
            let others = (1..<max(1, count)).map { (thief + $0) % count }
            // Stable, so that the next number comes first among equals.
            let nearest = others.enumerated().sorted {
                (distances[nodes[$0.element]], $0.offset) < (distances[nodes[$1.element]], $1.offset)
            }
            order.append(UInt16(thief))
            order += nearest.map { UInt16($0.element) }
        }
        return order
    }

    private struct Slot {
        let cpu: Int
        let node: Int
    }

    /// All CPUs in the order in which workers take them.
    private static func order(_ topology: Topology, policy: WorkerPool.Options.Policy, callerCPU: Int?) -> [Slot] {
        let callersCore = topology.cores.first { core in core.cpus.contains { $0 == callerCPU } }
        var order: [Slot] = []
        let threads = topology.cores.map(\.cpus.count).max() ?? 1
        for thread in 0..<threads {
            // For each node, beginning with the caller's, the CPUs of this rank, beginning with the caller's core.
            var queues: [[Slot]] = []
            for node in rotated(topology.nodes.count, first: callersCore?.node ?? 0) {
                let cores = topology.cores.filter { $0.node == node && $0.cpus.count > thread }
                let own = cores.filter { $0 == callersCore } + cores.filter { $0 != callersCore }
                queues.append(own.map { Slot(cpu: cpus(of: $0, first: callerCPU)[thread], node: node) })
            }
            switch policy {
            case .compact: order += queues.joined()
            case .spread:
                for turn in 0..<(queues.map(\.count).max() ?? 0) {
                    order += queues.filter { $0.count > turn }.map { $0[turn] }
                }
            }
        }
        return order
    }

    private static func cpus(of core: Topology.Core, first: Int?) -> [Int] {
        core.cpus.filter { $0 == first } + core.cpus.filter { $0 != first }
    }

    private static func rotated(_ count: Int, first: Int) -> [Int] { (0..<count).map { ($0 + first) % count } }
}

extension Sequence where Element: Hashable {
    /// The elements without repetition, in order of first appearance.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
