/// Why a pool could not be made.
public enum WorkerPoolError: Error, Equatable, CustomStringConvertible {
    /// The number of workers asked for is less than 1 or more than `WorkerPool.maximumWorkers`.
    case workerCount(asked: Int)
    /// Within the limit only `started` of the threads that `asked` workers need had started.
    case notAllStarted(asked: Int, started: Int, limitNanoseconds: UInt64)
    /// The system refused to map so many bytes for what the threads share, with an error number of <errno.h>.
    case memory(bytes: Int, errorNumber: Int32)

    /// A sentence that says what was asked, what happened and what to do.
    public var description: String {
        switch self {
        case .workerCount(let asked):
            "a pool needs 1 to \(WorkerPool.maximumWorkers) workers, but \(asked) were asked for"
        case .notAllStarted(let asked, let started, let limit):
            "a pool of \(asked) workers needs \(asked - 1) threads beside the caller, but only \(started) started "
                + "within \(limit / 1_000_000) ms; Dispatch runs at most 255 blocked threads in a process: "
                + "ask for fewer workers, or share one pool"
        case .memory(let bytes, let errorNumber):
            "the system refused to map \(bytes) bytes for a pool (error number \(errorNumber)): free memory, raise the limit "
                + "(ulimit -v, the control group's memory.max), or ask for fewer workers"
        }
    }
}
