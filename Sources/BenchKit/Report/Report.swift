public import UNet1D

/// What a run found.
public struct Report: Sendable, PlannedReport {
    /// The name and version of the JSON form.
    public static let schema = "unet1d-bench/1"

    /// The model, the seed and the timestep.
    public var workload: WorkloadSummary
    /// Shapes, choices, memory and work.
    public var plan: PlanSummary
    /// How long it was measured, and when forwards started.
    public var schedule: Schedule
    /// Microseconds that workers spin; nil: forever.
    public var spinMicroseconds: Int?
    /// What loading and planning took.
    public var preparation: PreparationFigures
    /// Times of forwards, and what the process used meanwhile.
    public var measurement: Measurement
    /// Denoising loops; nil if none were measured.
    public var loop: LoopFigures?
    /// Outputs with their gradients; nil if none were measured.
    public var gradient: GradientFigures?
    /// A load of queries; nil if none was measured.
    public var load: LoadFigures?
    /// The operations, in the plan's order; empty if they were not timed.
    public var operations: [TimedOperation]
    /// The arena's buffers.
    public var buffers: [PlanReport.Buffer]
    /// What the workers did in some forwards; nil if it was not recorded.
    public var recording: Recording?
    /// What was requested from the system for workers and memory, and what was granted.
    public var placement: PlacementReport
    /// The machine.
    public var host: Host
    /// The least times of operations; nil if the machine was not probed.
    public var bounds: Bounds?
    /// What makes the figures less trustworthy.
    public var warnings: [Warning]
    /// Whether Ctrl-C ended it, so that something was measured less than requested, or not at all.
    public var isInterrupted = false
    /// When and by which command it was made.
    public var origin = Origin.current
}

/// What came before the first forward.
public struct PreparationFigures: Sendable {
    /// Milliseconds to open the model and pack its weights.
    public var loadMilliseconds: Double
    /// Milliseconds to plan.
    public var planMilliseconds: Double
    /// Packed weights.
    public var weightsBytes: Int
}

extension Report {
    /// Percentiles of all forwards.
    public var latency: Statistics { measurement.forwards.latency }

    /// What the workers did in one forward, the one of the recorded ones whose time is their median.
    public var timeline: Timeline? { recording?.representative }

    /// Forwards a second, at the median.
    public var forwardsPerSecond: Double { 1000 / latency.p50 }

    /// Batch × length positions a second, at the median.
    public var samplesPerSecond: Double { forwardsPerSecond * Double(plan.batch) * Double(plan.length) }

    /// 2 × multiply-adds in direct form ÷ the median time, in GFLOP/s.
    public var gflopsEffective: Double { 2 * Double(plan.multiplyAdds) / (latency.p50 * 1e6) }

    /// Forwards that took longer than the deadline; nil: there is none.
    public var deadlineMisses: Int? {
        schedule.deadline.map { _ in measurement.lateForwards }
    }

    /// Milliseconds of all operations' bounds together; nil where the machine was not probed or nothing was timed.
    public var operationsBound: Double? {
        bounds == nil || operations.isEmpty ? nil : operations.reduce(0) { $0 + ($1.bound?.milliseconds ?? 0) }
    }

    /// The median forward in units of `operationsBound`.
    public var forwardOverBound: Double? { operationsBound.flatMap { $0 > 0 ? latency.p50 / $0 : nil } }
}
