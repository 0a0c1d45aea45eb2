import Planning
import UNet1D
import Workers

/// The share of the bytes that workers read and write on their own memory node, by policy.
public struct Locality: Sendable, Equatable {
    /// The kernel's numbers of the machine's nodes.
    public var nodes: [Int]
    /// The kernel's number of each worker's node; empty where workers would not be bound, as there are more of them
    /// than CPUs.
    public var workerNodes: [Int]
    /// Bytes of arena and weights that workers touch in a forward, each operation's once a node.
    public var bytes: Double
    /// The share of these bytes that is local; empty where workers would not be bound.
    public var shares: [Share]
    /// Bytes of the arena that each node would hold, in the order of `nodes`.
    public var arenaBytes: [Int]

    /// The local share of a policy.
    public struct Share: Sendable, Equatable {
        /// Its name.
        public var policy: String
        /// 0 to 1.
        public var local: Double

        /// A share.
        public init(policy: String, local: Double) {
            self.policy = policy
            self.local = local
        }
    }

    /// A locality of known figures.
    public init(nodes: [Int], workerNodes: [Int], bytes: Double, shares: [Share], arenaBytes: [Int]) {
        self.nodes = nodes
        self.workerNodes = workerNodes
        self.bytes = bytes
        self.shares = shares
        self.arenaBytes = arenaBytes
    }

    /// The locality of a plan on a machine.
    init(_ plan: Plan, workers: Int, topology: Topology) {
        let nodes = topology.nodes.map(\.id)
        let placement = Placement(workers: workers, topology: topology)
        guard !placement.cpus.contains(nil) else {
            self.init(nodes: nodes, workerNodes: [], bytes: 0, shares: [], arenaBytes: [])
            return
        }
        let traffic = NodeShares(plan, workerNodes: placement.nodes, nodeCount: nodes.count)
        self.init(
            nodes: nodes, workerNodes: placement.nodes.map { topology.nodes[$0].id },
            bytes: traffic.traffic(.first).bytes,
            shares: [("off", .first), ("interleave", .interleave), ("replicate", NodeShares.Placing.replicate)].map {
                Share(policy: $0.0, local: traffic.traffic($0.1).localShare)
            },
            arenaBytes: nodes.indices.map { node in traffic.unitBytes * traffic.arenaOwners.count { $0 == node } })
    }
}

extension Locality: ReportRecord {
    /// Nodes, and the local share by policy.
    public static var fields: [Field<Locality>] {
        [
            Field("nodes", \.nodes), Field("worker_nodes", \.workerNodes),
            Field("bytes", .bytes) { $0.bytes.rounded() },
            Field("local_share") { locality in
                FieldValue.object(locality.shares.map { ($0.policy, $0.local.fieldValue) })
            },
            Field("arena_bytes", .bytes, \.arenaBytes),
        ]
    }
}
