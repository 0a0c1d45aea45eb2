public import Memory
import Planning
import Workers

/// What was requested from the system for a session's workers and memory, and what was granted. A refusal leaves
/// everything working.
public struct PlacementReport: Sendable, Equatable {
    /// The CPUs that the pool could choose from: those of the affinity mask, ascending.
    public var allowedCPUs: [Int]
    /// CPUs' worth of time that the control group grants; nil: no limit.
    public var quota: Double?
    /// Physical cores that mask and quota leave.
    public var usableCores: Int
    /// The CPU that each worker was meant for, nil: any. Worker 0 is the caller, whom nobody binds.
    public var cpusRequested: [Int?]
    /// The CPU that each worker is bound to, nil: none.
    public var cpusGranted: [Int?]
    /// The error number with which binding was first refused, 0 if it was not.
    public var pinningRefusal: Int32
    /// Huge pages for the session's memory, and whether the system accepted the advice.
    public var hugePages: Request
    /// Bytes of that memory in huge pages now; nil where the system does not tell.
    public var hugePageBytes: Int?
    /// Locking the session's memory.
    public var lock: Request
    /// The requested policy.
    public var numaRequested: NUMAPolicy
    /// The policy that was used; never `auto`.
    public var numa: NUMAPolicy
    /// The machine's nodes, by the kernel's numbers.
    public var nodes: [Int]
    /// Pages of arena and scratch.
    public var memory: NodeOutcome
    /// Pages of the packed weights that the session reads, all copies.
    public var weights: NodeOutcome
    /// Copies of the packed weights.
    public var weightCopies: Int

    /// A request to the system.
    public struct Request: Sendable, Equatable {
        /// Whether it was requested.
        public var requested: Bool
        /// Whether it was granted.
        public var granted: Bool
        /// The error number with which it was refused, 0 if it was not.
        public var refusal: Int32

        /// A request and its outcome.
        public init(requested: Bool, granted: Bool, refusal: Int32) {
            self.requested = requested
            self.granted = granted
            self.refusal = refusal
        }
    }
}

extension Session {
    /// What was requested from the system for workers and memory, and what was granted. Queries the system for the
    /// place of every page, allocates, and takes a while for large models.
    public var placement: PlacementReport {
        let granted = memory.granted
        let nodes = preparation.nodes
        return PlacementReport(
            allowedCPUs: pool.topology.nodes.flatMap(\.cpus).sorted(), quota: pool.topology.quota,
            usableCores: pool.topology.usableCores, cpusRequested: pool.placement.cpus, cpusGranted: pool.pinning.cpus,
            pinningRefusal: pool.pinning.refusal,
            hugePages: .init(
                requested: granted.hugePagesAdvised || granted.hugePagesRefusal != 0, granted: granted.hugePagesAdvised,
                refusal: granted.hugePagesRefusal),
            hugePageBytes: memory.hugePageBytes(),
            lock: .init(
                requested: granted.locked || granted.lockRefusal != 0, granted: granted.locked,
                refusal: granted.lockRefusal),
            numaRequested: nodes.requested, numa: nodes.policy, nodes: pool.topology.nodes.map(\.id),
            memory: memory.nodeOutcome(),
            weights: preparation.model.weights.nodeOutcome(plan, at: nodes.weightPlacements),
            weightCopies: nodes.weightPlacements.count)
    }
}
