public import Memory

/// Why a pool could not be made.
public enum WorkerPoolError: Error, Equatable, CustomStringConvertible {
    /// The requested number of workers is less than 1 or more than `WorkerPool.maximumWorkers`.
    case workerCount(requested: Int)
    /// Only `started` of the threads for `requested` requested workers started within the limit.
    case notAllStarted(requested: Int, started: Int, limitNanoseconds: UInt64)
    /// What the threads share could not be mapped.
    case memory(MemoryError)

    /// A sentence that says what was requested, what happened and what to do.
    public var description: String {
        switch self {
        case .workerCount(let requested):
            "a pool needs 1 to \(WorkerPool.maximumWorkers) workers, but \(requested) were requested"
        case .notAllStarted(let requested, let started, let limit):
            "a pool of \(requested) workers needs \(requested - 1) threads beside the caller, but only \(started) started "
                + "within \(limit / 1_000_000) ms; Dispatch runs at most 255 blocked threads in a process: "
                + "request fewer workers, or share one pool"
        case .memory(let error): error.description(for: " for a pool", or: "request fewer workers")
        }
    }
}
