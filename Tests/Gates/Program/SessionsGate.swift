import ArgumentParser
import Foundation
import Synchronization
import TestSupport
import UNet1D

/// Sessions on threads of their own, all at once: every forward has the bits that a session alone on one worker gives. Sessions are
/// made and dropped on the way.
struct SessionsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Sessions at once on threads of their own.")

    @Argument(help: "How long, for each arrangement.")
    var seconds: Double
    @Flag(help: "Sessions of one model share memory for their activations.")
    var plant = false

    /// Which fixture each thread runs, and how they share workers.
    private struct Arrangement {
        let name: String
        let fixtures: [String]
        /// Nil: each thread has a pool of its own.
        let sharedWorkers: Int?
    }

    private static let arrangements = [
        Arrangement(
            name: "8 sessions of 4 models on a pool of 4 workers",
            fixtures: ["real_hopper_h32", "real_value_h32", "dance5_small", "default_3level"].flatMap { [$0, $0] },
            sharedWorkers: 4),
        Arrangement(
            name: "planner and value function on a pool of 2 workers", fixtures: ["real_hopper_h32", "real_value_h32"],
            sharedWorkers: 2),
        Arrangement(
            name: "8 sessions of one model, each on a pool of its own",
            fixtures: Array(repeating: "real_hopper_h32", count: 8), sharedWorkers: nil),
    ]

    func run() throws {
        var broken = 0
        for arrangement in plant ? Array(Self.arrangements.prefix(1)) : Self.arrangements {
            let (forwards, sessions, wrong) = try run(arrangement)
            print(
                "sessions: \(arrangement.name): \(forwards) forwards in \(sessions) sessions, \(wrong) with other bits")
            broken += wrong
            if forwards == 0 { stop("sessions: no forward was run") }
        }
        if broken > 0 { stop("sessions: broken", status: 1) }
    }

    private func run(_ arrangement: Arrangement) throws -> (forwards: Int, sessions: Int, wrong: Int) {
        let shared = try arrangement.sharedWorkers.map { try WorkerPool(workers: $0, options: Self.poolOptions) }
        var models: [String: UNet1DModel] = [:]
        var arenas: [String: Arena] = [:]
        for name in Set(arrangement.fixtures) {
            let model = try UNet1DModel(directory: Fixture.named(name).directory)
            models[name] = model
            let tensors = try Self.tensors(name)
            if plant { arenas[name] = Arena(try model.plan(tensors.shape, options: Self.options).arenaBytes) }
        }
        var threads: [Load] = []
        for (index, name) in arrangement.fixtures.enumerated() {
            guard let model = models[name] else { stop("sessions: no model \(name)") }
            threads.append(
                try Load(
                    model: model, tensors: Self.tensors(name), seed: index, pool: shared, options: Self.options,
                    arena: arenas[name]))
        }
        let end = Date(timeIntervalSinceNow: seconds)
        let done = DispatchSemaphore(value: 0)
        for load in threads {
            let thread = Thread {
                load.run(until: end)
                done.signal()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        for _ in threads { done.wait() }
        func sum(_ count: (Load) -> Int) -> Int { threads.reduce(0) { $0 + count($1) } }
        return (
            sum { $0.forwards.load(ordering: .relaxed) }, sum { $0.sessions.load(ordering: .relaxed) },
            sum { $0.wrong.load(ordering: .relaxed) }
        )
    }

    private static var options: Session.Options { Session.Options(isa: TestISA.all.last) }

    static var poolOptions: WorkerPool.Options {
        var options = WorkerPool.Options()
        // More threads than cores: whoever spins keeps another from working.
        options.spinNanoseconds = 5_000
        options.pinned = false
        return options
    }

    private static func tensors(_ name: String) throws -> ForwardTensors {
        try Fixture.named(name).requiredTensors()
    }
}

/// Memory for activations that outlives every session.
private final class Arena: @unchecked Sendable {
    // Sendable unchecked: sharing it is the planted fault.
    let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: Int) { memory = .allocate(byteCount: bytes, alignment: 64) }
    deinit { memory.deallocate() }
}

/// What one thread does: forwards of one input, compared with what they gave before anything else ran.
private final class Load: Sendable {
    let forwards = Atomic(0)
    let sessions = Atomic(0)
    let wrong = Atomic(0)
    private let model: UNet1DModel
    private let shape: ForwardShape
    private let sample: [Float]
    private let timestep: Timestep
    private let expected: [Float]
    private let pool: WorkerPool?
    private let options: Session.Options
    private let arena: Arena?

    private static let forwardsOfASession = 200

    init(
        model: UNet1DModel, tensors: ForwardTensors, seed: Int, pool: WorkerPool?, options: Session.Options,
        arena: Arena?
    ) throws {
        self.model = model
        shape = tensors.shape
        sample = tensors.sample.map { $0 * (1 + Float(seed) / 8) }
        timestep = tensors.timestep
        self.pool = pool
        self.options = options
        self.arena = arena
        var session = try Session(model: model, shape: shape, pool: try WorkerPool(workers: 1), options: options)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        let scaled = sample
        var span = output.mutableSpan
        session.forward(sample: scaled.span, timestep: timestep, output: &span)
        expected = output
    }

    func run(until end: Date) {
        do {
            var output = [Float](repeating: .nan, count: expected.count)
            let sample = sample
            // On a busy machine the time may be over before the first forward.
            repeat {
                var session = try Session(
                    model: model, shape: shape,
                    pool: try pool ?? WorkerPool(workers: 2, options: SessionsGate.poolOptions), options: options,
                    arena: arena?.memory)
                sessions.wrappingAdd(1, ordering: .relaxed)
                for index in 0..<Self.forwardsOfASession where index == 0 || Date() < end {
                    var span = output.mutableSpan
                    session.forward(sample: sample.span, timestep: timestep, output: &span)
                    forwards.wrappingAdd(1, ordering: .relaxed)
                    if !equalBits(output) { wrong.wrappingAdd(1, ordering: .relaxed) }
                }
            } while Date() < end
        } catch {
            stop("sessions: \(error)")
        }
    }

    private func equalBits(_ output: [Float]) -> Bool {
        output.withUnsafeBytes { output in
            expected.withUnsafeBytes { memcmp(output.baseAddress!, $0.baseAddress!, output.count) == 0 }
        }
    }
}
