import CUNet1DSystem

/// Spinning for a bounded time, measured with the time-stamp counter: no system call.
struct BoundedSpin {
    private let ticks: UInt64
    private var start: UInt64 = 0
    private var steps: UInt32 = 0

    /// - Parameter ticks: how long; 0 never spins, `.max` always does.
    init(ticks: UInt64) { self.ticks = ticks }

    /// Pauses once and tells whether to look again (true) or to sleep (false).
    mutating func step() -> Bool {
        if ticks == 0 { return false }
        system_spin_pause()
        steps &+= 1
        // Reading the counter costs as much as the pause, so only every eighth step does.
        if ticks == .max || steps & 7 != 1 { return true }
        if start == 0 {
            start = system_ticks()
            return true
        }
        return system_ticks() &- start < ticks
    }

    /// Ticks of a time in nanoseconds; 0 and `.max` stay what they are.
    static func ticks(nanoseconds: UInt64) -> UInt64 {
        if nanoseconds == 0 || nanoseconds == .max { return nanoseconds }
        let ticks = Double(nanoseconds) * ticksPerNanosecond
        return ticks < 9e18 ? max(1, UInt64(ticks)) : .max
    }

    /// The counter's rate, measured once over 200 µs.
    private static let ticksPerNanosecond: Double = {
        let first = simultaneousReading()
        while system_monotonic_nanoseconds() - first.nanoseconds < 200_000 { system_spin_pause() }
        let second = simultaneousReading()
        return Double(second.ticks &- first.ticks) / Double(second.nanoseconds - first.nanoseconds)
    }()

    /// Both clocks, read again if the thread was interrupted between them.
    private static func simultaneousReading() -> (ticks: UInt64, nanoseconds: UInt64) {
        var reading: (ticks: UInt64, nanoseconds: UInt64) = (0, 0)
        for _ in 0..<8 {
            reading = (system_ticks(), system_monotonic_nanoseconds())
            if system_ticks() &- reading.ticks < 2_000 { break }
        }
        return reading
    }
}
