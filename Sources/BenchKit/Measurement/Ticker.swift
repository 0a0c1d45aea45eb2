/// Shows how far a measurement is, a few times a second, and keeps account of what that costs.
struct Ticker {
    /// Allocator calls that showing took.
    private(set) var heapCalls: UInt64 = 0
    /// Page faults that showing took.
    private(set) var faults: UInt64 = 0

    private let progress: Progress
    private let iterations: Int?
    private var last = Clock.now

    /// - Parameter iterations: the number of forwards to measure; nil where only time ends the measurement.
    init(progress: Progress, iterations: Int?) {
        self.progress = progress
        self.iterations = iterations
    }

    /// Shows the number of forwards that are done, if it is time for that.
    mutating func tick(_ done: Int, heap: HeapCounter) {
        guard progress.isShown, Clock.now - last > 200_000_000 else { return }
        let before = ProcessUse(heap)
        progress.say("measuring \(done)" + (iterations.map { "/\($0)" } ?? ""))
        let used = ProcessUse(heap).since(before)
        heapCalls += used.heapCalls ?? 0
        faults += used.faults
        last = Clock.now
    }
}
