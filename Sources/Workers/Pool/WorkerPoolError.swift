/// Why a pool could not be made.
public enum WorkerPoolError: Error, Equatable, CustomStringConvertible {
    /// The requested number of workers is less than 1 or more than `WorkerPool.maximumWorkers`.
    case workerCount(asked: Int)
    /// Only `started` of the threads for `asked` requested workers started within the limit.
    case notAllStarted(asked: Int, started: Int, limitNanoseconds: UInt64)
    /// The system refused to map `bytes` bytes for what the threads share, with an error number of <errno.h>.
    case memory(bytes: Int, errorNumber: Int32)

    /// A sentence that says what was requested, what happened and what to do.
    public var description: String {
        switch self {
        case .workerCount(let asked):
            "a pool needs 1 to \(WorkerPool.maximumWorkers) workers, but \(asked) were requested"
        case .notAllStarted(let asked, let started, let limit):
            "a pool of \(asked) workers needs \(asked - 1) threads beside the caller, but only \(started) started "
                + "within \(limit / 1_000_000) ms; Dispatch runs at most 255 blocked threads in a process: "
                + "request fewer workers, or share one pool"
        case .memory(let bytes, let errorNumber):
            "the system refused to map \(bytes) bytes for a pool (error number \(errorNumber)): free memory, raise the limit "
                + "(ulimit -v, the control group's memory.max), or request fewer workers"
        }
    }
}
