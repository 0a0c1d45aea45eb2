import GateSystem
import Glibc
import TestSupport
import UNet1D

/// One session in a process of its own, for what can be told of a whole process only.
struct PlainForwards {
    let fixture: Fixture
    let tensors: ForwardTensors
    let options: Options
    let kind: PoolKind
    /// Whether a worker does on purpose what the gate is there for.
    let planted: Bool

    /// - Parameter arguments: FIXTURE ISA|auto ACCURACY WORKERS SPIN [POLICY] [--plant]
    init?(_ arguments: [String]) throws {
        planted = arguments.last == "--plant"
        let arguments = planted ? Array(arguments.dropLast()) : arguments
        guard 5...6 ~= arguments.count, let numa = NUMAPolicy(rawValue: arguments.count == 6 ? arguments[5] : "auto"),
            let fixture = Fixture.numeric.first(where: { $0.name == arguments[0] }),
            let tensors = try fixture.tensors(),
            let isa = arguments[1] == "auto" ? ISA.available.last : ISA(rawValue: arguments[1]),
            let accuracy = Accuracy(rawValue: arguments[2]),
            let kind = PoolKind(workers: arguments[3], spin: arguments[4])
        else { return nil }
        self.fixture = fixture
        self.tensors = tensors
        options = Options(isa: isa, accuracy: accuracy, numa: numa)
        self.kind = kind
        guard !planted || kind.workers > 1 else { return nil }
    }

    /// Page faults of the first forwards that a process makes: no earlier session has touched anything.
    func countFaults() throws {
        var session = try session()
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        _ = gate_page_faults()
        let before = gate_page_faults()
        session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span)
        let first = gate_page_faults()
        for _ in 0..<20 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        if planted { session.pool.onEveryWorker(touchNewPageOnWorker) }
        let after = gate_page_faults()
        if after.minor == before.minor && after.major == before.major { return }
        stop(
            "faults: \(fixture), \(options.isa!), \(options.accuracy), \(kind), \(options.numa): "
                + "\(first.minor - before.minor) minor and \(first.major - before.major) major page faults in the first forward, "
                + "\(after.minor - first.minor) and \(after.major - first.major) in later ones", status: 1)
    }

    /// A thousand forwards under a filter that kills at the first system call.
    func withoutSystemCalls() throws {
        var session = try session()
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        let expected = tensors.run(&session)
        var differing = 0
        var span = output.mutableSpan
        let refusal = gate_forbid_system_calls()
        guard refusal == 0 else { stop("syscalls: no filter: error \(refusal)") }
        for _ in 0..<1000 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        if planted { session.pool.onEveryWorker(callSystemOnWorker) }
        for index in 0..<span.count where span[index].bitPattern != expected[index].bitPattern { differing += 1 }
        // Dropping the session gives memory back.
        withExtendedLifetime(session) { leave(differing == 0 ? 0 : 1) }
    }

    /// Forwards in what RealtimeSanitizer takes for a real-time context, on the caller and, if they spin, on the workers, which
    /// stay in it between tiles.
    func underRealtimeSanitizer() throws {
        var session = try session()
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        guard let symbol = dlsym(nil, "__rtsan_realtime_enter") else {
            stop("realtime: no sanitizer; load its runtime with LD_PRELOAD")
        }
        enterRealtime = unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)
        session.pool.onEveryWorker { _ in enterRealtime() }
        enterRealtime()
        for _ in 0..<100 { session.forward(sample: tensors.sample.span, timestep: tensors.timestep, output: &span) }
        if planted { session.pool.onEveryWorker(allocateOnWorker) }
        // Dropping the session gives memory back.
        withExtendedLifetime(session) { leave(0) }
    }

    private func session() throws -> Session {
        try Session(
            model: UNet1DModel(directory: fixture.directory), shape: tensors.shape, pool: kind.pool(), options: options)
    }
}

// Written once, before the workers read it.
nonisolated(unsafe) private var enterRealtime: @convention(c) () -> Void = {}

/// Ends the process and nothing else; not `Never`, so that what comes after it keeps what is needed until then.
private func leave(_ status: Int32) { _exit(status) }
