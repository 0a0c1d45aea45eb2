import ArgumentParser
import CUNet1DSystem
import Glibc
import Synchronization
import TestSupport
import UNet1D

/// A SCHED_FIFO caller with four workers, all on the one core that the script allows: the caller waits for a worker that
/// cannot run while it spins, so it must sleep.
struct StarvationGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fifo", abstract: "A SCHED_FIFO caller with four workers.")

    @Flag(help: "The workers are in the caller's class, too.")
    var inherit = false
    @Flag(help: "The caller spins forever, which starves the worker: the program does not end for long.")
    var plant = false

    /// Each is 20 ms of a worker's work. The planted ones are so many that they end after the script's patience also with the 5 % of
    /// a processor that the kernel keeps for other classes, and before it without the fault.
    private var waitCount: Int { plant ? 100 : 20 }

    func run() throws {
        let kind = PoolKind(4, spin: plant ? .max : 100_000)
        var own = system_scheduling()
        guard system_scheduling_get(&own) == 0 else { stop("fifo: the scheduling class cannot be read") }
        own.policy = UInt32(SCHED_FIFO)
        own.priority = 5
        own.nice = 0
        // Before the pool is made if the workers are to inherit it.
        let plain = inherit ? nil : try kind.pool()
        guard system_scheduling_set(&own) == 0 else { stop("fifo: the system does not allow SCHED_FIFO", status: 3) }
        let pool = try plain ?? kind.pool(inheritsScheduling: true)
        let scheduling = pool.scheduling
        guard scheduling.inherited == inherit, scheduling.refusal == 0 else { stop("fifo: \(scheduling)") }

        let fixture = Fixture.named("real_hopper_h32")
        let tensors = try fixture.requiredTensors()
        let model = try UNet1DModel(directory: fixture.directory)
        var alone = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1))
        let expected = tensors.run(&alone).map(\.bitPattern)
        var session = try Session(model: model, shape: tensors.shape, pool: pool)
        for _ in 0..<100 where tensors.run(&session).map(\.bitPattern) != expected {
            stop("fifo: other bits", status: 1)
        }
        print("fifo: 100 forwards; \(waitCount) waits begin")
        fflush(nil)
        var waits = 0
        while waits < waitCount { if waitForWorker(pool) { waits += 1 } }
        print("fifo: \(waitCount) waits for a worker of \(inherit ? "the caller's" : "no real-time") class")
    }

    /// A stage of two tiles, of which the caller's ends as soon as a worker has begun the other, which takes a while. False if
    /// no worker came in time: those of the run before may have had no processor to leave it.
    private func waitForWorker(_ pool: WorkerPool) -> Bool {
        begun.store(false, ordering: .relaxed)
        pool.parallelFor(2, context: nil) { _, _, _, worker in
            if worker == 0 {
                var looks = 0
                while looks < 200 && !begun.load(ordering: .relaxed) {
                    usleep(100)
                    looks += 1
                }
            } else {
                begun.store(true, ordering: .relaxed)
                let end = processorNanoseconds() + 20_000_000
                while processorNanoseconds() < end {}
            }
        }
        return begun.load(ordering: .relaxed)
    }
}

private let begun = Atomic(false)

/// Processor time of the calling thread.
private func processorNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
