import CUNet1DSystem
import Workers

/// Waking a parked worker, in turn with waking a thread that sleeps on a futex, on the same CPU.
struct WakeBenchmark {
    private let pool: WorkerPool
    private let partner: FutexPartner

    /// How long the other CPU has nothing to do before it is woken: the deeper it sleeps, the longer it takes.
    private static let idleNanoseconds: UInt64 = 300_000

    init() throws {
        var options = WorkerPool.Options()
        options.spinNanoseconds = 0
        pool = try WorkerPool(workers: 2, options: options)
        partner = try FutexPartner(cpu: pool.placement.cpus[1])
    }

    /// From the call until the worker has begun its tile; from the store until the thread has left its sleep, and half of
    /// the ping-pong.
    func run(_ count: Int) -> (worker: Samples, futex: Samples, half: Samples) {
        Processor.bind(to: pool.placement.cpus[0])
        let encounter = Encounter()
        var worker: [UInt64] = []
        var futex: [UInt64] = []
        var half: [UInt64] = []
        for index in 0..<(count + 100) {
            Processor.spin(nanoseconds: Self.idleNanoseconds)
            let toBegin = encounter.run(pool)?.toBegin
            Processor.spin(nanoseconds: Self.idleNanoseconds)
            let (toWake, whole) = partner.pingPong()
            if index < 100 { continue }
            if let toBegin { worker.append(toBegin) }
            futex.append(toWake)
            half.append(whole / 2)
        }
        return (Samples(worker), Samples(futex), Samples(half))
    }
}
