import CUNet1DSystem
import Dispatch
import Synchronization

/// Executes tile `tile` of stage `stage` on worker `worker` (0 ..< the pool's workers; 0 is the run's caller).
/// It must not throw, exit its thread, or wait for another tile of the same run.
package typealias StageFunction =
    @convention(c) (_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) -> Void

/// Threads that compute together with the caller of a session's `forward`.
///
/// ```swift
/// let pool = try WorkerPool(workers: Topology.current.usableCores)
/// let planner = try Session(model: model, shape: ForwardShape(batch: 1, length: 32), pool: pool)
/// let batched = try Session(model: model, shape: ForwardShape(batch: 64, length: 32), pool: pool)
/// ```
///
/// Worker 0 is the caller, so a pool of one starts no thread. Any number of threads may compute at once: a forward
/// takes the workers that are free when it begins, down to none, and never waits for another forward.
///
/// Make one pool for the process and share it. A second pool on the same cores competes with the first. If the program
/// has threads of its own that should compute, use `init(parallelFor:)`, which starts none.
///
/// Making a pool allocates and blocks until its threads have started; dropping the last reference blocks until they
/// have left. A forward does not allocate, and makes system calls only to sleep and to wake.
public final class WorkerPool: Sendable {
    /// The most workers that a pool may have. (Dispatch starts at most 255 threads that block.)
    public static let maximumWorkers = 1024

    /// Workers including the caller.
    public let workers: Int

    /// The machine on which they were placed.
    public let topology: Topology

    /// Where the workers were meant to run.
    package let placement: Placement

    /// Where the workers are bound.
    public let pinning: Pinning

    /// The outcome of the placement.
    public struct Pinning: Sendable, Equatable {
        /// For each worker the CPU it is bound to, nil if it is not. The caller (worker 0) never is.
        public let cpus: [Int?]
        /// The error number with which the system first refused, 0 if it did not.
        public let refusal: Int32
    }

    /// How the workers are scheduled.
    public let scheduling: Scheduling

    /// The outcome of `Options.inheritsScheduling`.
    public struct Scheduling: Sendable, Equatable {
        /// Whether every worker is scheduled as the thread that made the pool.
        public let inherited: Bool
        /// The error number with which the system first refused a worker its class, 0 if it did not.
        public let refusal: Int32
    }

    private let memory: PoolMemory
    private let threads: WorkerThreads
    private let parallelFor: ParallelFor?
    private let tileOrder: Options.TileOrder
    private let forkGeneration: UInt32

    /// Starts `workers` − 1 threads and waits until each of them has reported.
    ///
    /// - Parameter workers: 1 or more; `options.topology.usableCores` is the number that makes sense.
    /// - Throws: `WorkerPoolError`; threads that had started have then been told to end.
    public init(workers: Int, options: Options = Options()) throws(WorkerPoolError) {
        guard 1...Self.maximumWorkers ~= workers else { throw .workerCount(requested: workers) }
        forkGeneration = system_fork_generation()
        topology = options.topology
        var callerCPU: UInt32 = 0
        let callerKnown = system_current_cpu(&callerCPU, nil) == 0
        placement = Placement(
            workers: workers, topology: options.topology, policy: options.policy, pinned: options.pinned,
            callerCPU: callerKnown ? Int(callerCPU) : nil)
        memory = try PoolMemory(
            workers: workers, stealOrder: placement.stealOrder(topology: options.topology),
            spinNanoseconds: options.spinNanoseconds)
        threads = WorkerThreads(count: workers - 1)
        let started = threads.start(
            memory: memory, placement: placement, inheritsScheduling: options.inheritsScheduling,
            limitNanoseconds: options.startLimitNanoseconds)
        guard started == workers - 1 else {
            threads.dismiss(memory: memory, waitingFor: started)
            throw .notAllStarted(
                requested: workers, started: started, limitNanoseconds: options.startLimitNanoseconds)
        }
        self.workers = workers
        parallelFor = nil
        tileOrder = options.tileOrder
        pinning = threads.pinning
        scheduling = Scheduling(
            inherited: options.inheritsScheduling && threads.schedulingRefusal == 0,
            refusal: threads.schedulingRefusal)
    }

    /// A pool that starts no thread: runs use the embedder's parallel-for, with a call for each stage of two tiles or
    /// more. The bits are those of every other pool.
    ///
    /// - Throws: `WorkerPoolError.workerCount`, `WorkerPoolError.memory`.
    public init(parallelFor: ParallelFor) throws(WorkerPoolError) {
        let workers = parallelFor.workers
        guard 1...Self.maximumWorkers ~= workers else { throw .workerCount(requested: workers) }
        forkGeneration = system_fork_generation()
        topology = .current
        placement = Placement(workers: workers, topology: topology, pinned: false)
        memory = try PoolMemory(workers: workers, stealOrder: [], spinNanoseconds: 0)
        threads = WorkerThreads(count: 0)
        pinning = Pinning(cpus: Array(repeating: nil, count: workers), refusal: 0)
        scheduling = Scheduling(inherited: false, refusal: 0)
        self.workers = workers
        self.parallelFor = parallelFor
        tileOrder = .sequential
    }

    deinit {
        // A forked child has none of the threads; their memory stays with the references they held.
        if parallelFor == nil && forkGeneration == system_fork_generation() {
            threads.dismiss(memory: memory, waitingFor: workers - 1)
        }
    }

    /// Executes stages 0 ..< `count` in order: every tile of a stage exactly once, on any worker, in any order, and
    /// all of them before the first tile of the next stage. Returns when the last stage is done.
    ///
    /// In `function` every thread rounds to nearest and flushes subnormals to zero (FTZ and DAZ), whatever the caller's
    /// control word says; it is put back. In a forked child everything runs on the caller. Nothing is allocated; the
    /// caller spins, then sleeps, while the last tiles of a stage are in other hands. A pool of a
    /// `ParallelFor` does what that does.
    ///
    /// - Parameters:
    ///   - context: passed on to `function`.
    ///   - stages: the number of tiles of each stage, 0 ..< 2³² (0 skips the stage); read until the run returns.
    ///   - count: the number of stages, 0 ..< 2³² − 1.
    ///   - function: executes a tile.
    ///   - executed: a counter for each of the pool's workers, to which the tiles it executed are added; may be nil.
    package func run(
        context: UnsafeRawPointer?, stages: UnsafePointer<Int>, count: Int, function: StageFunction,
        executed: UnsafeMutablePointer<Int>? = nil
    ) {
        let run = RunDescriptor(
            context: context, stages: stages, count: count, function: function, executed: executed)
        switch tileOrder {
        case .sequential: execute(run)
        case .shuffled(let seed): ReorderedRun(run: run, seed: seed).execute(by: execute)
        case .acrossStages: ReorderedRun(run: run, seed: nil).execute(by: execute)
        }
    }

    private func execute(_ run: RunDescriptor) {
        // The embedder's parallel-for may compute other things too: it runs with the caller's control word.
        if let parallelFor, workers > 1, forkGeneration == system_fork_generation(), run.hasStageToShare {
            var shared = ExecutorRun(run)
            shared.execute(on: parallelFor)
            return
        }
        let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
        if !runTogether(run) { runAlone(run) }
        system_control_word_restore(controlWord)
    }

    /// Executes one stage of `tiles` tiles; otherwise as `run`.
    package func parallelFor(_ tiles: Int, context: UnsafeRawPointer?, function: StageFunction) {
        withUnsafePointer(to: tiles) { run(context: context, stages: $0, count: 1, function: function) }
    }

    /// Returns false, having done nothing, if there is nothing to share or nobody to share it with.
    private func runTogether(_ run: RunDescriptor) -> Bool {
        let state = memory.state
        guard parallelFor == nil, workers > 1, forkGeneration == system_fork_generation(), run.hasStageToShare,
            let index = state.takeBlock()
        else { return false }
        let block = state.block(index)
        state.prepare(block, run)
        guard state.takeWorkers(for: index) > 0 else {
            block.members.pointee.wrappingSubtract(1, ordering: .releasing)
            return false
        }
        let caller = RunParticipant(state: state, block: block, worker: 0)
        caller.advance(past: 0)
        caller.serve()
        let revoked = state.revokeWorkers(of: index)
        block.members.pointee.wrappingSubtract(1 + revoked, ordering: .releasing)
        return true
    }

    private func runAlone(_ run: RunDescriptor) {
        var total = 0
        for stage in 0..<run.count {
            let tiles = run.stages[stage]
            for tile in 0..<tiles { run.function(run.context, stage, tile, 0) }
            total &+= tiles
        }
        if let executed = run.executed { executed[0] &+= total }
    }
}

extension RunDescriptor {
    fileprivate var hasStageToShare: Bool {
        for stage in 0..<count where stages[stage] > 1 { return true }
        return false
    }
}
