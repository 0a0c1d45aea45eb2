extension WorkerPool {
    /// How a pool waits, and where its workers run.
    public struct Options: Sendable {
        /// How workers are spread over memory nodes when there are fewer than cores.
        public enum Policy: Sendable, Equatable {
            /// Evenly over nodes: the bandwidth of all.
            case spread
            /// On as few nodes as possible: the shortest ways between workers.
            case compact
        }

        /// In which order the tiles of a stage are claimed. Results must not depend on it; tests shuffle it to show
        /// that.
        package enum ClaimOrder: Sendable, Equatable {
            /// Ascending in each worker's range.
            case sequential
            /// A permutation of each stage's tiles that follows from the seed.
            case shuffled(seed: UInt64)
        }

        /// How long an idle worker, and a thread that waits for the end of a stage, spins before it sleeps, in
        /// nanoseconds; 0 sleeps at once, `.max` never. A real-time caller that may share a core with a worker needs a
        /// bounded time.
        public var spinNanoseconds: UInt64 = 100_000

        /// Whether each worker is bound to one CPU. A refusal is recorded in `WorkerPool.pinning`, not an error.
        public var pinned = true

        /// Whether the workers are scheduled as the thread that makes the pool: its class, priority, niceness and flags
        /// (reset on fork). Otherwise they are in no real-time class. A refusal is recorded in `WorkerPool.scheduling`,
        /// not an error.
        public var inheritsScheduling = false

        /// How the workers are spread over nodes.
        public var policy: Policy = .spread

        /// The machine to place workers on.
        public var topology: Topology = .current

        /// In which order tiles are claimed.
        package var claimOrder: ClaimOrder = .sequential

        /// How long creation waits for the workers to start, in nanoseconds.
        public var startLimitNanoseconds: UInt64 = 10_000_000_000

        /// Fault injection for tests: a stage counts as finished when its tiles are claimed rather than executed, so
        /// that the next one starts too early. What a run is given must then outlive the pool, not just the run.
        package var withoutStageBarrier = false

        /// The defaults.
        public init() {}
    }
}
