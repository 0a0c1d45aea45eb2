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

        /// In which order tiles are executed. Tests change it: results must not depend on the order in a stage, and must
        /// depend on the order of stages.
        package enum TileOrder: Sendable, Equatable {
            /// Ascending in each worker's range, stage after stage.
            case sequential
            /// A permutation of each stage's tiles that follows from the seed.
            case shuffled(seed: UInt64)
            /// Fault injection: all stages are claimed as one, so that later ones begin before earlier ones are done.
            case acrossStages
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

        /// In which order tiles are executed.
        package var tileOrder: TileOrder = .sequential

        /// How long creation waits for the workers to start, in nanoseconds.
        public var startLimitNanoseconds: UInt64 = 10_000_000_000

        /// The defaults.
        public init() {}
    }
}
