import CUNet1D
import UNet1D

extension unet1d_placement {
    /// What C is told of a session's placement; without the size, which is the caller's.
    init(_ report: PlacementReport, memoryBytes: Int) {
        self.init()
        workers = UInt32(report.cpusRequested.count)
        usable_cores = UInt32(report.usableCores)
        workers_pinning_asked = UInt32(report.cpusRequested.count { $0 != nil })
        workers_pinned = UInt32(report.cpusGranted.count { $0 != nil })
        pinning_refusal = report.pinningRefusal
        huge_pages_asked = report.hugePages.requested ? 1 : 0
        huge_pages_obtained = report.hugePages.granted ? 1 : 0
        huge_pages_refusal = report.hugePages.refusal
        lock_asked = report.lock.requested ? 1 : 0
        lock_obtained = report.lock.granted ? 1 : 0
        lock_refusal = report.lock.refusal
        numa_asked = Self.number(of: report.numaRequested)
        numa = Self.number(of: report.numa)
        memory_nodes = UInt32(report.nodes.count)
        weight_copies = UInt32(report.weightCopies)
        huge_page_bytes = report.hugePageBytes.map(Int64.init) ?? -1
        memory_bytes = Int64(memoryBytes)
        memory_pages_asked = Int64(report.memory.pagesRequested)
        memory_pages_obtained = report.memory.pagesGranted.map(Int64.init) ?? -1
        weight_pages_asked = Int64(report.weights.pagesRequested)
        weight_pages_obtained = report.weights.pagesGranted.map(Int64.init) ?? -1
        memory_pages_refusal = report.memory.refusal
        weight_pages_refusal = report.weights.refusal
    }

    private static func number(of policy: NUMAPolicy) -> UInt32 {
        UInt32(SessionOptions.policies.firstIndex(of: policy) ?? 0)
    }
}
