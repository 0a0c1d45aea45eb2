import Dispatch
public import Workers

/// A session for tasks: its forwards run one after another on a queue of its own, so that none of Swift's cooperative
/// threads waits for one. A task that awaits a forward is suspended.
///
/// Every call allocates: a job, and what it returns. Where that, or the change of threads, costs too much, keep a
/// ``Session`` in an actor or on a thread of your own. A forward that has begun ends even if its task is cancelled.
/// Dropping the last reference unmaps the memory and, if it is the pool's last user, waits for the workers to leave, on
/// the thread that drops it.
public actor AsyncSession {
    private let executor = QueueExecutor()
    /// Nil only while the initialiser makes it.
    private var session: Session?

    /// The queue that everything of this session runs on.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Makes a session for one or several shapes on the queue, as `Session.init` does; the caller is suspended
    /// meanwhile.
    ///
    /// - Parameters:
    ///   - model: shared, kept alive.
    ///   - shapes: at least one; they share one arena, sized for the largest.
    ///   - pool: the workers, which sessions may share; the thread of the queue is one of them.
    ///   - options: instruction set, accuracy, memory.
    /// - Throws: any `UNet1DError` but `workers` and `timestep`.
    public init(
        model: UNet1DModel, shapes: [ForwardShape], pool: WorkerPool, options: Session.Options = Session.Options()
    ) async throws(UNet1DError) {
        // All properties have values, so that from here on this runs on the queue.
        session = try Session(model: model, shapes: shapes, pool: pool, options: options)
    }

    /// One forward: `try await session(sample, timestep: Timestep([10])).sample`. Selects the sample's shape.
    ///
    /// - Parameters:
    ///   - sample: (batch, channels, length), of a shape that the session is prepared for.
    ///   - timestep: as many entries as that shape has timesteps.
    /// - Throws: `UNet1DError.shape`.
    public func callAsFunction(_ sample: Tensor, timestep: Timestep) throws(UNet1DError) -> UNet1DOutput {
        try session!(sample, timestep: timestep)
    }

    /// Runs `body` with the session on the queue: a loop of forwards without a suspension between them, spans in and
    /// out, `select` and `prepare`.
    ///
    /// - Parameter body: may block; other calls wait for its end.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    public func withSession<Result, Failure: Error>(
        _ body: @Sendable (inout Session) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try body(&session!)
    }
}

/// Runs an actor's jobs on a serial queue. Dispatch gives such a queue a thread beyond those that tasks run on.
private final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "UNet1D.AsyncSession")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
}
