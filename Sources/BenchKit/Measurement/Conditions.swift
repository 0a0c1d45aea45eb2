import UNet1D

/// Under which conditions a measurement was made: what `Warnings` judges.
struct Conditions {
    /// Times, noise of the machine, and what others did.
    var measurement: Measurement
    /// What was requested.
    var schedule: Schedule
    /// Where the threads run.
    var placement: PlacementReport
    /// Processes that ran or waited to run, on average over the minute before; nil if unknown.
    var load: Double?
    /// How clock rates are decided.
    var clock = ClockRate()
    /// Whether Ctrl-C ended it.
    var isInterrupted = false

    /// Workers, the caller among them.
    var workers: Int { placement.cpusGranted.count }
    /// Workers beside the caller that are not bound to a CPU.
    var unboundWorkers: Int { placement.cpusGranted.dropFirst().count { $0 == nil } }
}
