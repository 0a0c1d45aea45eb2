/// What the process used between forwards, for the measurement itself: showing progress, writing samples. It is not the
/// forwards'.
struct SideWork {
    /// Heap calls.
    private(set) var heapCalls: UInt64 = 0
    /// Page faults.
    private(set) var faults: UInt64 = 0

    /// Does some of it. Allocates nothing beside what `work` does.
    mutating func count<Failure: Error>(_ work: () throws(Failure) -> Void) throws(Failure) {
        let before = ProcessUse()
        try work()
        let used = ProcessUse().since(before)
        heapCalls += used.heapCalls ?? 0
        faults += used.faults
    }
}
