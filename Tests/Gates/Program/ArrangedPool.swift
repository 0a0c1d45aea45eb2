import UNet1D

/// A pool beside those of `PoolKind`, and where its sessions put their memory: two workers on a made-up machine of two nodes
/// under every policy, and an embedder's parallel-for.
struct ArrangedPool: CustomStringConvertible {
    let description: String
    let pool: WorkerPool
    let numa: NUMAPolicy

    static func all() throws -> [ArrangedPool] {
        var onNodes = WorkerPool.Options()
        onNodes.topology = Topology(nodes: 2, coresEach: 1)
        let nodes = try WorkerPool(workers: 2, options: onNodes)
        let executor = try WorkerPool(parallelFor: WorkerPool.ParallelFor(workers: 3, function: backwards))
        return NUMAPolicy.allCases.map { ArrangedPool(description: "2 made-up nodes, \($0)", pool: nodes, numa: $0) }
            + [ArrangedPool(description: "an executor", pool: executor, numa: .auto)]
    }
}

/// A parallel-for that runs everything on its caller, the last index first.
private let backwards: WorkerPool.ParallelFor.Function = { _, count, body, bodyContext in
    for index in 0..<count { body(bodyContext, count - 1 - index) }
}
