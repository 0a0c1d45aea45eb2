import ArgumentParser
import Glibc
import Memory
import Planning
import TestSupport
import UNet1D
import Workers

/// Every page of a session's arena, scratch and weights lies on the node that the plan names, and bits are the same under every
/// policy. For a machine with several memory nodes; the kernel is asked page by page, and the answer is compared with the plan's
/// shares, not with what the library says of itself.
struct NodesGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Pages lie on the memory nodes that the plan names.")

    @Flag(help: "A page moves to another node behind the session's back.")
    var plant = false

    private static let fixtures = ["real_hopper_h32", "dance5_small:min96", "attn_2heads_dim33"]

    func run() throws {
        let topology = Topology.current
        guard topology.nodes.count > 1, topology.nodesWithCores.count > 1 else {
            stop("nodes: this machine has no two memory nodes with processors")
        }
        let workers = topology.cores.count
        var broken = 0
        for name in Self.fixtures {
            let fixture = Fixture.named(name)
            let tensors = try fixture.requiredTensors()
            var expected: [UInt32]?
            for policy in NUMAPolicy.allCases {
                let model = try UNet1DModel(directory: fixture.directory)
                let pool = try WorkerPool(workers: workers)
                var session = try Session(
                    model: model, shape: tensors.shape, pool: pool, options: Session.Options(isa: .avx2, numa: policy))
                if plant, policy == .replicate { try moveLastPage(session) }
                let output = tensors.run(&session)
                let wrong = try wrongPages(session)
                let bits = output.map(\.bitPattern)
                let agrees = tensors.error(of: output) <= tensors.tolerance && bits == expected ?? bits
                expected = expected ?? bits
                let report = session.placement
                let pages = report.memory.pagesRequested + report.weights.pagesRequested
                print(
                    "nodes: \(name), \(policy.rawValue) → \(report.numa.rawValue), \(workers) workers on nodes",
                    "\(pool.placement.nodes): \(pages) pages placed, \(wrong) elsewhere,",
                    "by node \(report.memory.pagesByNode.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })",
                    agrees ? "" : "OTHER BITS", wrong == 0 && agrees ? "ok" : "FAIL")
                if wrong > 0 || !agrees { broken += 1 }
                if report.numa != .off && pages == 0 {
                    print("nodes: nothing was placed")
                    broken += 1
                }
                if policy == .auto && report.numa == .off {
                    print("nodes: auto is off on a machine of several nodes")
                    broken += 1
                }
            }
        }
        if broken > 0 { throw ExitCode(1) }
    }

    /// Pages that lie elsewhere than the plan says.
    private func wrongPages(_ session: borrowing Session) throws -> Int {
        let regions = try session.memoryRegions()
        let policy = session.placement.numa
        guard policy != .off else { return 0 }
        let topology = session.pool.topology
        let workerNodes = session.pool.placement.nodes
        let shares = NodeShares(session.plan, workerNodes: workerNodes, nodeCount: topology.nodes.count)
        var wrong = 0
        // The arena: page by page as the shares say.
        for (page, node) in try nodes(regions.arena).enumerated() {
            let owner = shares.arenaOwners[min(page, shares.arenaOwners.count - 1)]
            if node != topology.memoryNodes[owner] { wrong += 1 }
        }
        for (worker, slab) in regions.scratch.enumerated() {
            wrong += try nodes(slab).count { $0 != topology.memoryNodes[workerNodes[worker]] }
        }
        // Weights: a copy on each node, which that node's workers read; or pages in turn, as many on each node.
        let used = Set(workerNodes.map { topology.memoryNodes[$0] }).sorted()
        for worker in workerNodes.indices {
            let counts = try regions.weights(worker).flatMap { try nodes($0) }
            if policy == .replicate {
                wrong += counts.count { $0 != topology.memoryNodes[workerNodes[worker]] }
            } else {
                wrong += counts.count { !used.contains($0) }
                // Huge pages, of 512 pages, are what nodes take in turn where there are some.
                let slack = counts.count / 8 + 512 * used.count
                for node in used where abs(counts.count { $0 == node } * used.count - counts.count) > slack {
                    print("nodes: \(counts.count { $0 == node }) of \(counts.count) pages in turn are on node \(node)")
                    wrong += 1
                }
            }
        }
        return wrong
    }

    private func nodes(_ region: UnsafeRawBufferPointer) throws -> [Int] {
        try NodeMemory.nodes(
            base: UnsafeMutableRawPointer(mutating: region.baseAddress!), bytes: region.count
        ).get()
    }

    /// Moves the last page of the arena to another node.
    private func moveLastPage(_ session: borrowing Session) throws {
        let arena = try session.memoryRegions().arena
        let page = UnsafeMutableRawPointer(mutating: arena.baseAddress!) + (arena.count - 1) / 4096 * 4096
        let node = try nodes(UnsafeRawBufferPointer(start: page, count: 4096))[0]
        let other = session.pool.topology.memoryNodes.first { $0 != node }!
        var map = NodeMap()
        map.append(offset: 0, bytes: 4096, nodes: [other])
        guard NodeMemory.bind(map, base: page) == 0 else { stop("nodes: the page cannot be moved") }
    }
}
