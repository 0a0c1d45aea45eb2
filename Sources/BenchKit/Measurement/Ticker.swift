import CUNet1DSystem

/// Shows how far a measurement is, a few times a second, and keeps account of what that costs.
struct Ticker {
    let progress: Progress
    let schedule: Schedule
    var last = Clock.now
    var heapCalls: UInt64 = 0
    var faults: UInt64 = 0

    init(progress: Progress, schedule: Schedule) {
        self.progress = progress
        self.schedule = schedule
    }

    mutating func tick(_ done: Int, heap: HeapCounter) {
        guard progress.isShown, Clock.now - last > 200_000_000 else { return }
        let before = system_process_usage()
        let calls = heap.calls ?? 0
        progress.say("measuring \(done)" + (schedule.iterations.map { "/\($0)" } ?? ""))
        let after = system_process_usage()
        heapCalls += (heap.calls ?? 0) - calls
        faults += after.minor_faults + after.major_faults - before.minor_faults - before.major_faults
        last = Clock.now
    }
}
