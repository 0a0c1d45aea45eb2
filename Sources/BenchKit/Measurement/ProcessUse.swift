import CUNet1DSystem

/// What the process has used so far. Reading it allocates nothing.
struct ProcessUse {
    /// The most bytes of the process in memory.
    let peakResidentBytes: Int
    /// Page faults, minor and major.
    let faults: UInt64
    /// Calls that took memory from the heap; nil in a build with a sanitizer.
    let heapCalls: UInt64?

    init() {
        let usage = system_process_usage()
        faults = usage.minor_faults + usage.major_faults
        peakResidentBytes = Int(usage.peak_resident_bytes)
        heapCalls = HeapCalls.count
    }

    /// Faults and heap calls since an earlier reading.
    func since(_ start: ProcessUse) -> (faults: UInt64, heapCalls: UInt64?) {
        let calls = heapCalls.flatMap { calls in start.heapCalls.map { calls - $0 } }
        return (faults - start.faults, calls)
    }
}
