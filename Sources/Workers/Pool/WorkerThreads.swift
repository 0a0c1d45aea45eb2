import CUNet1DSystem
import Dispatch
import Synchronization

/// The threads of a pool. Each lives in a serial queue of its own, as one block that ends with the pool.
///
/// Sendable unchecked: each worker writes only its own entry of `outcomes`, before it signals `started`.
final class WorkerThreads: @unchecked Sendable {
    private let count: Int
    private let started = DispatchSemaphore(value: 0)
    private let left = DispatchSemaphore(value: 0)
    private let outcomes: UnsafeMutablePointer<Outcome>

    private struct Outcome {
        var cpu: Int32 = -1
        var refusal: Int32 = 0
        var schedulingRefusal: Int32 = 0
    }

    init(count: Int) {
        self.count = count
        outcomes = .allocate(capacity: count + 1)
        outcomes.initialize(repeating: Outcome(), count: count + 1)
    }

    deinit { outcomes.deallocate() }

    /// Starts the threads and waits for them. Returns how many had started when all had, or the limit was over.
    func start(
        memory: PoolMemory, placement: Placement, inheritsScheduling: Bool, limitNanoseconds: UInt64
    ) -> Int {
        var creators: system_scheduling?
        if inheritsScheduling {
            var own = system_scheduling()
            outcomes[0].schedulingRefusal = system_scheduling_get(&own)
            creators = own
        }
        for worker in 1..<(count + 1) {
            let cpu = placement.cpus[worker]
            DispatchQueue(label: "unet1d.worker.\(worker)").async { [self, creators] in
                let mask = cpu.flatMap { bind(worker, to: $0) }
                let scheduling = schedule(worker, as: creators)
                system_touch_stack()
                started.signal()
                memory.state.workerLoop(worker)
                scheduling?.giveBack()
                if let mask { _ = AffinityMask.set(mask) }
                left.signal()
            }
        }
        let limit = DispatchTime.now() + .nanoseconds(Int(min(limitNanoseconds, UInt64(Int.max >> 1))))
        for worker in 0..<count where started.wait(timeout: limit) == .timedOut { return worker }
        return count
    }

    /// Tells all threads to leave and waits for `expected` of them; the others leave as soon as they start.
    func dismiss(memory: PoolMemory, waitingFor expected: Int) {
        for worker in 1..<(count + 1) { memory.state.dismiss(worker) }
        for _ in 0..<expected { left.wait() }
    }

    /// What the threads that have started reported.
    var pinning: WorkerPool.Pinning {
        let all = UnsafeBufferPointer(start: outcomes, count: count + 1)
        return WorkerPool.Pinning(
            cpus: all.map { $0.cpu < 0 ? nil : Int($0.cpu) }, refusal: all.first { $0.refusal != 0 }?.refusal ?? 0)
    }

    /// The error number with which the creator's class could not be read or a worker was refused its own, 0 if none
    /// was.
    var schedulingRefusal: Int32 {
        let all = UnsafeBufferPointer(start: outcomes, count: count + 1)
        return all.first { $0.schedulingRefusal != 0 }?.schedulingRefusal ?? 0
    }

    /// Gives the calling thread its class. Returns the one it had, nil if it keeps that.
    private func schedule(_ worker: Int, as creators: system_scheduling?) -> system_scheduling? {
        var own = system_scheduling()
        let unknown = system_scheduling_get(&own)
        guard unknown == 0 else {
            outcomes[worker].schedulingRefusal = creators == nil ? 0 : unknown
            return nil
        }
        var wanted = own.asWorker(inheriting: creators)
        if wanted.isSame(as: own) { return nil }
        let refusal = system_scheduling_set(&wanted)
        outcomes[worker].schedulingRefusal = refusal
        return refusal == 0 ? own : nil
    }

    /// Binds the calling thread, which goes back to Dispatch one day. Returns the mask it had, nil if refused.
    private func bind(_ worker: Int, to cpu: Int) -> [UInt8]? {
        let (before, unknown) = AffinityMask.get()
        let refusal = unknown == 0 ? AffinityMask.set(AffinityMask.only(cpu)) : unknown
        guard refusal == 0 else {
            outcomes[worker].refusal = refusal
            return nil
        }
        outcomes[worker].cpu = Int32(cpu)
        return before
    }
}
