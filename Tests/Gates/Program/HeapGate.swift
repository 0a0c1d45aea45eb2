import Glibc
import Synchronization
import TestSupport
import UNet1D

/// A forward makes no heap call, the first one included, on any thread: every fixture, instruction set, accuracy and
/// number of workers. The counter comes from outside, see Tests/Gates/heapcount.
struct HeapGate {
    /// Adds a stage in which other workers than the caller allocate, to show that the gate sees it.
    var planted = false

    private static let repeats = 20

    private static let arrangements = TestISA.all.flatMap { isa in
        Accuracy.allCases.flatMap { accuracy in
            Pools.counts.map { (options: Options(isa: isa, accuracy: accuracy), workers: $0) }
        }
    }

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("heap: no counter; load libheapcount.so with LD_PRELOAD")
        }
        typealias Counter = @convention(c) () -> UInt64
        let heapCalls = unsafeBitCast(symbol, to: Counter.self)
        let before = heapCalls()
        allocateOnce()
        guard heapCalls() > before else { stop("heap: the counter does not count") }

        var sessions = 0
        var broken = 0
        var faults = 0
        for fixture in Fixture.numeric {
            guard let tensors = try fixture.tensors() else { stop("heap: \(fixture) has no tensors") }
            let model = try UNet1DModel(directory: fixture.directory)
            for (options, workers) in Self.arrangements {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(workers), options: options)
                let calls = measure(&session, tensors, heapCalls, &faults)
                sessions += 1
                if calls.first + calls.later > 0 {
                    broken += 1
                    print("heap: \(fixture), \(session.plan.implementation), \(options.accuracy), \(workers) workers:")
                    print("    \(calls.first) calls in the first forward, \(calls.later) in \(Self.repeats) more")
                }
                if planted && workers > 1 {
                    if broken > 0 { stop("heap: broken by the planted allocation", status: 1) }
                    stop("heap: the planted allocation was not seen", status: 0)
                }
            }
        }
        broken += try measureShapes(heapCalls, &faults)
        print("heap: \(sessions) sessions, \(broken) with heap calls; \(faults) minor page faults in all forwards")
        if broken > 0 { exit(1) }
    }

    /// Sessions that make heap calls when they switch between prepared shapes, on memory of the caller: 0 or 1.
    private func measureShapes(_ heapCalls: @convention(c) () -> UInt64, _ faults: inout Int) throws -> Int {
        let model = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let shapes = [32, 128, 64].map { ForwardShape(batch: 1, length: $0) }
        let plans = try shapes.map { try model.plan($0) }
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: plans.map(\.arenaBytes).max() ?? 0, alignment: 64)
        defer { memory.deallocate() }
        var session = try Session(model: model, shapes: shapes, pool: Pools.pool(2), activations: memory)
        let samples = plans.map { [Float](repeating: 0.5, count: $0.sampleCount) }
        var outputs = plans.map { [Float](repeating: 0, count: $0.outputCount) }
        let timestep = Timestep(3)
        let faultsBefore = minorFaults()
        let start = heapCalls()
        for turn in 0..<3 * Self.repeats {
            let index = turn % 3
            try session.select(shapes[index])
            let sample = samples[index]
            var span = outputs[index].mutableSpan
            session.forward(sample: sample.span, timestep: timestep, output: &span)
        }
        let calls = heapCalls() - start
        faults += minorFaults() - faultsBefore
        print("heap: \(calls) calls in \(3 * Self.repeats) forwards that switch between three shapes")
        return calls > 0 ? 1 : 0
    }

    /// Heap calls of the first forward and of the later ones together.
    private func measure(
        _ session: inout Session, _ tensors: ForwardTensors, _ heapCalls: @convention(c) () -> UInt64,
        _ faults: inout Int
    ) -> (first: UInt64, later: UInt64) {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        let sample = tensors.sample.span
        let faultsBefore = minorFaults()
        let start = heapCalls()
        session.forward(sample: sample, timestep: tensors.timestep, output: &span)
        let afterFirst = heapCalls()
        for _ in 0..<Self.repeats { session.forward(sample: sample, timestep: tensors.timestep, output: &span) }
        if planted { allocateOnWorkers(session.pool) }
        let end = heapCalls()
        faults += minorFaults() - faultsBefore
        return (afterFirst - start, end - afterFirst)
    }

    /// Allocates on workers other than the caller; the caller's tiles are slow, so that the others get theirs.
    private func allocateOnWorkers(_ pool: WorkerPool) {
        pool.parallelFor(64, context: nil) { _, _, _, worker in
            if worker == 0 { usleep(1_000) } else { allocateOnce() }
        }
    }

    private func minorFaults() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_minflt
    }
}

/// A heap call that the compiler cannot drop, as the address escapes.
private func allocateOnce() {
    let memory = malloc(24)
    escaped.store(UInt(bitPattern: memory), ordering: .relaxed)
    free(memory)
}

private let escaped = Atomic<UInt>(0)
