/// When forwards start: at once, or on a fixed grid, which a late forward does not shift.
struct Pace {
    private let period: UInt64?
    private var next: UInt64
    private var hasStarted = false
    /// Starts on the grid that went by while something was still running.
    private(set) var missed = 0

    /// - Parameter period: nanoseconds; nil: at once.
    init(period: UInt64?) {
        self.period = period
        next = Clock.now
    }

    /// Begins the grid anew, here.
    mutating func restart() {
        next = Clock.now
        hasStarted = false
    }

    /// Sleeps until the next start of a forward. Allocates nothing.
    mutating func waitForStart() {
        guard let period else { return }
        let now = Clock.now
        if next < now, hasStarted {
            let late = (now - next + period - 1) / period
            missed += Int(late)
            next += late * period
        }
        Clock.sleep(until: next)
        next += period
        hasStarted = true
    }

    /// Sleeps until half a period before the next start, so that what runs then starts as a forward does: after a
    /// sleep.
    func waitBetweenStarts() {
        if let period { Clock.sleep(until: next - period / 2) }
    }
}
