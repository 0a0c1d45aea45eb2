public import UNet1D

/// What a run found: everything that a report may print.
public struct Report: Sendable {
    /// The name and version of the JSON form.
    public static let schema = "unet1d-bench/1"

    /// A digest of what decides bits.
    public var planID: String
    /// The profile; nil where there is none.
    public var profile: String?
    /// What the profile says of itself.
    public var description: String?
    /// The checkpoint's folder; nil with random weights.
    public var model: String?
    /// The seed of the sample and of random weights.
    public var seed: UInt64
    /// Weights of the model, one by one.
    public var parameters: Int
    /// Batch elements.
    public var batch: Int
    /// Positions.
    public var length: Int
    /// A tensor's number.
    public var timestep: Double
    /// The number of workers.
    public var threads: Int
    /// The kernels' name.
    public var isa: String
    /// The machine profile that decided tiles and algorithms.
    public var machine: String
    /// The memory policy that was used.
    public var numa: String
    /// What was requested from the system for workers and memory, and what was granted.
    public var placement: PlacementReport
    /// `fast` or `strict`.
    public var accuracy: String
    /// The precision of storage and arithmetic.
    public var precision: String
    /// Microseconds that workers spin; nil: forever.
    public var spinMicroseconds: Int?
    /// Milliseconds between starts; nil: forwards follow one another at once.
    public var period: Double?
    /// Whether caches were evicted before each forward.
    public var cold: Bool
    /// Milliseconds that a forward should not exceed; nil: there is no deadline.
    public var deadline: Double?
    /// Milliseconds of every measured forward, in order; at least one.
    public var samples: [Double]
    /// Forwards during which a thread of the process was switched out for another program.
    public var switchedOut: Int
    /// Percentiles of the other forwards; nil if there are none.
    public var undisturbed: Statistics?
    /// The probe that alternated with the forwards; nil if none was requested.
    public var probe: ProbeFigures?
    /// What other programs did during the measurement; nil if unknown.
    public var interference: Interference?
    /// Seconds that the measurement took.
    public var elapsedSeconds: Double
    /// Periods in which no forward could start.
    public var missedPeriods: Int
    /// Multiply-adds of a forward in direct form.
    public var multiplyAdds: Int
    /// Milliseconds to open the model and pack its weights.
    public var loadMilliseconds: Double
    /// Milliseconds to plan.
    public var planMilliseconds: Double
    /// Milliseconds of the first forward.
    public var firstForwardMilliseconds: Double
    /// Packed weights.
    public var weightsBytes: Int
    /// The arena.
    public var arenaBytes: Int
    /// The most bytes that are live at once.
    public var arenaLowerBoundBytes: Int
    /// Scratch of all workers.
    public var scratchBytes: Int
    /// Bytes of arena and scratch that are in huge pages, if these were requested; nil where the system does not tell.
    public var hugePageBytes: Int?
    /// The most bytes of the process in memory.
    public var peakResidentBytes: Int
    /// Allocator calls a forward; nil if nobody counted.
    public var heapAllocationsPerForward: Double?
    /// Page faults a forward.
    public var pageFaultsPerForward: Double
    /// The operations, in the plan's order.
    public var operations: [OperationFigures]
    /// The machine.
    public var host: Host
    /// The least times of operations; nil if the machine was not probed.
    public var bounds: Bounds?
    /// What makes the figures less trustworthy.
    public var warnings: [Warning]
    /// What was odd about the model, a sentence each.
    public var notes: [String]

    /// An operation, run alone.
    public struct OperationFigures: Sendable {
        /// Its module.
        public var name: String
        /// What it does.
        public var kind: String
        /// (batch, length, channels) of what it writes.
        public var shape: [Int]
        /// The median.
        public var milliseconds: Double
        /// Multiply-adds in direct form.
        public var multiplyAdds: Int
        /// Products of the chosen algorithm, without taps that meet padding.
        public var products: Int
        /// Compulsory traffic.
        public var bytes: Int
        /// The bytes of weights among `bytes`.
        public var weightBytes: Int
        /// The kind of the epilogue, whose time is included: a norm with its activation and sums, or statistics.
        public var follower: String?

        /// 2 × multiply-adds ÷ time.
        public var gflops: Double { milliseconds > 0 ? 2 * Double(multiplyAdds) / (milliseconds * 1e6) : 0 }
    }

    /// Something that makes figures less trustworthy, and what to do about it.
    public struct Warning: Sendable, Equatable {
        /// The problem.
        public var text: String
        /// What to do.
        public var advice: String
    }

    /// Percentiles of the samples.
    public var latency: Statistics { Statistics(samples) }

    /// Forwards a second, at the median.
    public var forwardsPerSecond: Double { 1000 / latency.p50 }

    /// Batch × length positions a second, at the median.
    public var samplesPerSecond: Double { forwardsPerSecond * Double(batch) * Double(length) }

    /// 2 × multiply-adds in direct form ÷ the median time, in GFLOP/s.
    public var gflopsEffective: Double { 2 * Double(multiplyAdds) / (latency.p50 * 1e6) }

    /// Forwards that took longer than the deadline; nil: there is none.
    public var deadlineMisses: Int? { deadline.map { limit in samples.count { $0 > limit } } }
}
