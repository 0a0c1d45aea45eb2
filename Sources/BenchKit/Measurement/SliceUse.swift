/// What a slice of a measurement used, beside the times of its forwards; or several slices together.
struct SliceUse: Sendable, Equatable {
    /// Nanoseconds from the start of the first forward to the end of the last.
    var elapsed: UInt64 = 0
    /// Page faults of the process, minor and major.
    var faults: UInt64 = 0
    /// Calls of the allocator; nil if nobody counts.
    var heapCalls: UInt64? = 0
    /// Starts on the grid of a period that went by while something was still running.
    var missedPeriods = 0
    /// How often the measuring thread was found on another CPU.
    var cpuChanges = 0
    /// What the machine counted meanwhile.
    var machine = SystemUse()

    /// Both together.
    static func + (a: SliceUse, b: SliceUse) -> SliceUse {
        SliceUse(
            elapsed: a.elapsed + b.elapsed, faults: a.faults + b.faults, heapCalls: sum(a.heapCalls, b.heapCalls),
            missedPeriods: a.missedPeriods + b.missedPeriods, cpuChanges: a.cpuChanges + b.cpuChanges,
            machine: a.machine + b.machine)
    }
}

/// What the machine counted between two readings of `SystemCounters`, or between several pairs of them.
struct SystemUse: Sendable, Equatable {
    /// Seconds between the readings.
    var seconds = 0.0
    /// Seconds that the CPUs of this process were busy, for whomever; nil if unknown.
    var busySeconds: Double? = 0
    /// Seconds in which they had work, but the hypervisor ran somebody else; nil if unknown.
    var stolenSeconds: Double? = 0
    /// Seconds of processor time of this process.
    var ownSeconds = 0.0
    /// Periods in which the control group was made to wait; nil if unknown.
    var throttledPeriods: Int? = 0

    /// Both together.
    static func + (a: SystemUse, b: SystemUse) -> SystemUse {
        SystemUse(
            seconds: a.seconds + b.seconds, busySeconds: sum(a.busySeconds, b.busySeconds),
            stolenSeconds: sum(a.stolenSeconds, b.stolenSeconds), ownSeconds: a.ownSeconds + b.ownSeconds,
            throttledPeriods: sum(a.throttledPeriods, b.throttledPeriods))
    }
}

/// The sum; nil where a part is unknown.
private func sum<Number: Numeric>(_ a: Number?, _ b: Number?) -> Number? {
    guard let a, let b else { return nil }
    return a + b
}
