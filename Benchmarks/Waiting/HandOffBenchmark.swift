import Workers

/// Handing a parallel-for to a worker that spins, and back.
struct HandOffBenchmark {
    private let pool: WorkerPool

    init() throws {
        var options = WorkerPool.Options()
        options.spinNanoseconds = .max
        pool = try WorkerPool(workers: 2, options: options)
    }

    /// From the call to its return.
    func run(_ count: Int) -> Samples {
        Processor.bind(to: pool.placement.cpus[0])
        let encounter = Encounter()
        for _ in 0..<1000 { _ = encounter.run(pool) }
        return Samples((0..<count).compactMap { _ in encounter.run(pool)?.whole })
    }
}
