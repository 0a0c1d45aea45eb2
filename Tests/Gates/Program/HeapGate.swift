import ArgumentParser
import GateSystem
import Glibc
import TestSupport
import UNet1D

/// A forward makes no heap call and faults no page, the first one included, on any thread, recorded or not: every fixture,
/// instruction set, accuracy and precision, several numbers of workers, every way of waiting. The counter of heap calls comes
/// from outside, see Tests/Gates/heapcount.
struct HeapGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap", abstract: "Heap calls and page faults of forwards; under LD_PRELOAD of the heap counter.")

    @Option(help: "What a worker does on purpose.")
    var plant: Planted?

    enum Planted: String, ExpressibleByArgument { case heap, fault, trace }

    private static let repeats = 10
    private static let recordedRepeats = 3

    /// What happened in forwards.
    private struct Counts {
        var firstHeapCalls: UInt64 = 0
        var laterHeapCalls: UInt64 = 0
        var minorFaults: UInt64 = 0
        var majorFaults: UInt64 = 0

        var isClean: Bool { firstHeapCalls + laterHeapCalls + minorFaults + majorFaults == 0 }
    }

    private var planted: (@convention(c) (Int) -> Void)? {
        switch plant {
        case nil, .trace: nil
        case .heap: allocateOnWorker
        case .fault: touchNewPageOnWorker
        }
    }

    func run() throws {
        guard let symbol = dlsym(nil, "unet1d_heap_count") else {
            stop("heap: no counter; load libheapcount.so with LD_PRELOAD")
        }
        let heapCalls = unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
        let before = heapCalls()
        allocateOnce()
        guard heapCalls() > before else { stop("heap: the counter does not count") }

        let cases = try Fixture.numeric.compactMap { fixture in
            try fixture.tensors().map { (fixture, $0, try UNet1DModel(directory: fixture.directory)) }
        }
        var sessions = 0
        var broken = 0
        // None is dropped before the end: threads that leave fault pages. The one that spins forever comes last.
        var pools: [WorkerPool] = []
        for kind in PoolKind.few where plant == nil || kind.workers > 1 {
            let pool = try kind.pool()
            pools.append(pool)
            for (fixture, tensors, model) in cases {
                for isa in TestISA.all {
                    for options in Session.Options.ofEveryKind(isa: isa) {
                        var session = try Session(model: model, shape: tensors.shape, pool: pool, options: options)
                        let counts = try measure(&session, tensors, heapCalls)
                        sessions += 1
                        if !counts.isClean {
                            broken += 1
                            let name = "\(fixture), \(isa), \(options.accuracy), \(options.precision)"
                            print("heap: \(name), \(kind): \(counts)")
                        }
                        if plant != nil {
                            if broken > 0 { stop("heap: broken by the planted fault: \(counts)", status: 1) }
                            stop("heap: the planted fault was not seen", status: 0)
                        }
                    }
                }
            }
        }
        let arranged = try ArrangedPool.all()
        for (arrangement, (fixture, tensors, model)) in arranged.flatMap({ pool in cases.map { (pool, $0) } }) {
            var session = try Session(
                model: model, shape: tensors.shape, pool: arrangement.pool,
                options: Session.Options(numa: arrangement.numa))
            let counts = try measure(&session, tensors, heapCalls)
            sessions += 1
            if counts.isClean { continue }
            broken += 1
            print("heap: \(fixture), \(arrangement): \(counts)")
        }
        if !(try measureShapes(heapCalls)).isClean { broken += 1 }
        print("heap: \(sessions) sessions, \(broken) with heap calls or page faults in forwards")
        if broken > 0 { throw ExitCode(1) }
    }

    /// A session that switches between prepared shapes, on memory of the caller.
    private func measureShapes(_ heapCalls: @convention(c) () -> UInt64) throws -> Counts {
        let model = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let shapes = [32, 128, 64].map { ForwardShape(batch: 1, length: $0) }
        let plans = try shapes.map { try model.plan($0) }
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: plans.map(\.arenaBytes).max() ?? 0, alignment: 64)
        defer { memory.deallocate() }
        var session = try Session(model: model, shapes: shapes, pool: Pools.pool(2), arena: memory)
        let samples = plans.map { [Float](repeating: 0.5, count: $0.sampleCount) }
        var outputs = plans.map { [Float](repeating: 0, count: $0.outputCount) }
        let timestep = Timestep(3)
        let faultsBefore = gate_page_faults()
        let start = heapCalls()
        for turn in 0..<3 * Self.repeats {
            let index = turn % 3
            try session.select(shapes[index])
            let sample = samples[index]
            var span = outputs[index].mutableSpan
            session.forward(sample: sample.span, timestep: timestep, output: &span)
        }
        let calls = heapCalls() - start
        let faults = gate_page_faults()
        let counts = Counts(
            laterHeapCalls: calls, minorFaults: faults.minor - faultsBefore.minor,
            majorFaults: faults.major - faultsBefore.major)
        print("heap: \(3 * Self.repeats) forwards that switch between three shapes: \(counts)")
        return counts
    }

    private func measure(
        _ session: inout Session, _ tensors: ForwardTensors, _ heapCalls: @convention(c) () -> UInt64
    ) throws -> Counts {
        let trace = try session.prepareTrace(forwards: Self.recordedRepeats)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        let sample = tensors.sample.span
        let planted = planted
        let faultsBefore = gate_page_faults()
        let start = heapCalls()
        session.forward(sample: sample, timestep: tensors.timestep, output: &span)
        let afterFirst = heapCalls()
        for _ in 0..<Self.repeats { session.forward(sample: sample, timestep: tensors.timestep, output: &span) }
        for _ in 0..<Self.recordedRepeats {
            session.forward(
                sample: sample, timestep: tensors.timestep, output: &span,
                trace: plant == .trace ? try session.prepareTrace(forwards: 1) : trace)
        }
        if let planted { session.pool.onEveryWorker(planted) }
        let end = heapCalls()
        let faults = gate_page_faults()
        return Counts(
            firstHeapCalls: afterFirst - start, laterHeapCalls: end - afterFirst,
            minorFaults: faults.minor - faultsBefore.minor, majorFaults: faults.major - faultsBefore.major)
    }
}
