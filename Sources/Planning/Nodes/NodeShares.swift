import KernelArguments
import Memory

/// Which memory node's workers touch which bytes of a forward, from the ranges of tiles that workers claim first.
/// Others may take tiles that a late worker leaves, so this is what happens when nobody is late; it decides no bits.
///
/// Pages of the arena go to the node that writes most of their bytes, over all operations that use them in turn.
package struct NodeShares: Sendable {
    /// Bytes that workers read and write, arena and packed weights, as `AccessWalk` counts them.
    package struct Traffic: Sendable, Equatable {
        package var bytes = 0.0
        /// The bytes that lie on the node of the worker that touches them.
        package var localBytes = 0.0

        /// Local bytes in all bytes; 1 where there are none.
        package var localShare: Double { bytes > 0 ? localBytes / bytes : 1 }
    }

    package enum Placing: Sendable, Equatable {
        /// All on the node of worker 0, which touches everything first.
        case first
        /// The arena by its writers, the packed weights over the nodes of all workers in turn.
        case interleave
        /// The arena by its writers, a copy of the packed weights on each node.
        case replicate
    }

    /// For each `unitBytes` of the arena the place of its node among the nodes.
    package let arenaOwners: [Int]
    /// A page; more in arenas beyond a gigabyte.
    package let unitBytes: Int

    private static let mostUnits = 1 << 18

    private let plan: Plan
    private let workerNodes: [Int]
    /// Nodes with workers, ascending.
    private let used: [Int]
    private let accesses: [(access: MemoryAccess, nodes: [Double])]

    /// Follows a plan's tiles.
    ///
    /// - Parameters:
    ///   - workerNodes: the node of each worker: any numbers below `nodeCount`.
    ///   - nodeCount: nodes of the machine.
    /// - Complexity: proportional to the pages that all operations touch. Allocates.
    package init(_ plan: Plan, workerNodes: [Int], nodeCount: Int) {
        precondition(!workerNodes.isEmpty && workerNodes.allSatisfy { 0..<nodeCount ~= $0 })
        self.plan = plan
        self.workerNodes = workerNodes
        used = Set(workerNodes).sorted()
        var unit = NodeMap.pageBytes
        while plan.arenaBytes / unit > Self.mostUnits { unit *= 2 }
        unitBytes = unit
        accesses = Self.accesses(plan, workerNodes, nodeCount)
        arenaOwners = Self.owners(plan, accesses, nodeCount, unitBytes: unit, first: workerNodes[0])
    }

    /// What workers touch under a way of placing.
    package func traffic(_ placing: Placing) -> Traffic {
        var traffic = Traffic()
        for (access, nodes) in accesses {
            traffic.bytes += access.touched * nodes.reduce(0, +)
            switch (access.target, placing) {
            case (_, .first): traffic.localBytes += access.touched * nodes[workerNodes[0]]
            case (.weights, .replicate): traffic.localBytes += access.touched * nodes.reduce(0, +)
            case (.weights, .interleave):
                traffic.localBytes += access.touched * used.reduce(0) { $0 + nodes[$1] } / Double(used.count)
            case (.read(let buffer), _), (.written(let buffer), _):
                Self.forEachUnit(access, offset: plan.layout.offsets[buffer], unitBytes) { unit, bytes in
                    traffic.localBytes += bytes * nodes[arenaOwners[unit]]
                }
            }
        }
        return traffic
    }

    /// The arena's pages as wishes to the system.
    ///
    /// - Parameters:
    ///   - memoryNodes: the kernel's number of the node that holds the memory of each node.
    ///   - mostRuns: units are joined to larger ones, each on the node that most of its parts are meant for, until there are no
    ///     more runs of them than this: each run is an area of memory for the kernel, and it has a limit of those.
    package func arenaMap(memoryNodes: [Int], mostRuns: Int = 4096) -> NodeMap {
        let pages = ceilDivide(plan.arenaBytes, NodeMap.pageBytes)
        var joined = 1
        while true {
            var map = NodeMap()
            for first in stride(from: 0, to: arenaOwners.count, by: joined) {
                let parts = arenaOwners[first..<min(arenaOwners.count, first + joined)]
                var counts = [Int](repeating: 0, count: memoryNodes.count)
                for owner in parts { counts[owner] += 1 }
                let owner = counts.indices.reduce(0) { counts[$1] > counts[$0] ? $1 : $0 }
                let begin = first * unitBytes
                let end = min(pages * NodeMap.pageBytes, begin + parts.count * unitBytes)
                map.append(offset: begin, bytes: end - begin, nodes: [memoryNodes[owner]])
            }
            if map.runs.count <= mostRuns { return map }
            joined *= 2
        }
    }

    // MARK: - Who touches what

    /// For each operation and node what its workers touch; `nodes` says how much of it falls to each node.
    private static func accesses(
        _ plan: Plan, _ workerNodes: [Int], _ nodeCount: Int
    ) -> [(access: MemoryAccess, nodes: [Double])] {
        let workers = workerNodes.count
        // A stage that is not shared runs on the worker that ended the one before: any.
        var anybody = [Double](repeating: 0, count: nodeCount)
        for node in workerNodes { anybody[node] += 1 / Double(workers) }
        var groups: [(node: Int, workers: Range<Int>)] = []
        for (worker, node) in workerNodes.enumerated() {
            if let last = groups.last, last.node == node {
                groups[groups.count - 1].workers = last.workers.lowerBound..<worker + 1
            } else {
                groups.append((node, worker..<worker + 1))
            }
        }
        var result: [(access: MemoryAccess, nodes: [Double])] = []
        var hasShared = false
        for stage in plan.stages {
            var firstTile = 0
            for index in stage.operations {
                let operation = plan.operations[index]
                let tiles = firstTile..<firstTile + operation.tileCount
                if stage.isSerial || stage.tileCount == 1 {
                    var nodes = anybody
                    if !hasShared {
                        nodes = [Double](repeating: 0, count: nodeCount)
                        nodes[workerNodes[0]] = 1
                    }
                    let walk = AccessWalk(plan, operation, tiles: 0..<operation.tileCount)
                    result += walk.accesses.map { ($0, nodes) }
                } else {
                    for group in groups {
                        let begin = group.workers.lowerBound * stage.tileCount / workers
                        let end = group.workers.upperBound * stage.tileCount / workers
                        let own = tiles.clamped(to: begin..<max(begin, end))
                        var nodes = [Double](repeating: 0, count: nodeCount)
                        nodes[group.node] = 1
                        let walk = AccessWalk(
                            plan, operation, tiles: own.lowerBound - firstTile..<own.upperBound - firstTile)
                        result += walk.accesses.map { ($0, nodes) }
                    }
                }
                firstTile += operation.tileCount
            }
            hasShared = hasShared || !(stage.isSerial || stage.tileCount == 1)
        }
        return result
    }

    private static func owners(
        _ plan: Plan, _ accesses: [(access: MemoryAccess, nodes: [Double])], _ nodeCount: Int, unitBytes: Int,
        first: Int
    ) -> [Int] {
        let units = ceilDivide(plan.arenaBytes, unitBytes)
        var written = [Double](repeating: 0, count: units * nodeCount)
        for (access, nodes) in accesses {
            guard case .written(let buffer) = access.target else { continue }
            forEachUnit(access, offset: plan.layout.offsets[buffer], unitBytes) { unit, bytes in
                for node in 0..<nodeCount where nodes[node] > 0 {
                    written[unit * nodeCount + node] += bytes * nodes[node]
                }
            }
        }
        // What nobody writes, but for zero rows, and what all write equally goes with what lies before it.
        var owner = first
        return (0..<units).map { unit in
            for node in 0..<nodeCount where written[unit * nodeCount + node] > written[unit * nodeCount + owner] {
                owner = node
            }
            return owner
        }
    }

    /// Units of the arena that an access touches, with the bytes on each.
    private static func forEachUnit(
        _ access: MemoryAccess, offset: Int, _ unitBytes: Int, _ body: (_ unit: Int, _ bytes: Double) -> Void
    ) {
        for block in 0..<access.count {
            var begin = offset + access.start + block * access.stride
            let end = begin + access.bytes
            while begin < end {
                let unit = begin / unitBytes
                let next = min(end, (unit + 1) * unitBytes)
                body(unit, Double(next - begin) * access.share)
                begin = next
            }
        }
    }
}
