import ArgumentParser
import Dispatch
import GateSystem
import Glibc
import TestSupport
import UNet1D

/// Models, pools and sessions that are made and dropped leave nothing: no heap, no memory, no open file. Their making fails on the
/// way, too, as that is where something may be forgotten.
struct LifetimesGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lifetimes", abstract: "Models, pools and sessions that are made and dropped leave nothing.")

    @Argument(help: "How many of each.")
    var count: Int
    @Option(help: "What each round leaves behind.")
    var plant: Planted?

    enum Planted: String, ExpressibleByArgument { case heap, memory, file }

    /// Until the caches of the C library and of the runtime are full.
    private static let roundsBefore = 100

    /// Whether rounds have other threads than their caller's.
    private enum Threads: String, CaseIterable {
        case alone, together

        /// What may be there in the end that was not at first. Each thread of Dispatch keeps up to 1024 continuations of 96 bytes
        /// for the next, so that there is less to tell where there are threads.
        var allowed: Held {
            switch self {
            case .alone: Held(heap: 4 << 10, resident: 1 << 20, files: 0)
            case .together: Held(heap: 512 << 10, resident: 4 << 20, files: 0)
            }
        }
    }

    /// What a process has.
    private struct Held {
        /// Bytes that are allocated.
        var heap: Int
        /// Bytes of memory that are there.
        var resident: Int
        var files: Int
    }

    private typealias Model = (directory: String, tensors: ForwardTensors)

    func run() throws {
        let models = try ["value_small", "resnet_1level", "noskip_1level"].map { name in
            let fixture = Fixture.named(name)
            return Model(fixture.directory, try fixture.requiredTensors())
        }
        func rounds(_ count: Int, _ threads: Threads) throws {
            for index in 0..<count { try round(index, models[index % models.count], threads) }
        }
        for threads in Threads.allCases {
            try rounds(Self.roundsBefore, threads)
            let before = held()
            try rounds(count, threads)
            let after = held()
            let (heap, resident) = (after.heap - before.heap, after.resident - before.resident)
            let files = after.files - before.files
            print(
                "lifetimes: \(threads): \(count) models, pools and sessions: \(heap) bytes more on the heap (of "
                    + "\(before.heap)), \(resident) more resident (of \(before.resident)), \(files) more files")
            let allowed = threads.allowed
            if heap > allowed.heap || resident > allowed.resident || files > allowed.files {
                stop("lifetimes: something is left", status: 1)
            }
        }
    }

    private func round(_ index: Int, _ fixture: Model, _ threads: Threads) throws {
        let (directory, tensors) = fixture
        let model = try UNet1DModel(directory: directory)
        let pool = try WorkerPool(workers: threads == .alone ? 1 : 2)
        try makeAndFail(model, tensors, pool)
        var session = try Session(model: model, shape: tensors.shape, pool: pool)
        let output = tensors.run(&session)
        if index % 4 == 0 {
            var larger = tensors.shape
            larger.length *= 2
            // Not for a value function: then the session stays as it was.
            try? session.prepare(larger)
            let sample = try Tensor(tensors.sample, shape: tensors.sampleShape)
            guard same(try model(sample, timestep: tensors.timestep).sample.scalars, output) else {
                stop("lifetimes: other bits", status: 1)
            }
            if threads == .together {
                inTask {
                    let shared = try await AsyncSession(model: model, shapes: [tensors.shape], pool: pool)
                    _ = try await shared(sample, timestep: tensors.timestep)
                }
            }
        }
        switch plant {
        case nil: break
        case .heap: _ = leaked(malloc(64))
        case .memory: gate_untouched_page()[0] = 1
        case .file: _ = open("/dev/null", O_RDONLY)
        }
    }

    private func same(_ a: [Float], _ b: [Float]) -> Bool { a.map(\.bitPattern) == b.map(\.bitPattern) }

    /// Runs `body` in a task and waits for its end.
    private func inTask(_ body: @escaping @Sendable () async throws -> Void) {
        let end = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await body() } catch { stop("lifetimes: \(error)", status: 1) }
            end.signal()
        }
        end.wait()
    }

    /// What cannot be made, at each of the places where it can fail.
    private func makeAndFail(_ model: UNet1DModel, _ tensors: ForwardTensors, _ pool: WorkerPool) throws {
        func refused(_ body: () throws -> Void) {
            do { try body() } catch { return }
            stop("lifetimes: made what cannot be made")
        }
        refused { _ = try UNet1DModel(directory: Fixture.root + "/bad/st_truncated_data") }
        refused { _ = try UNet1DModel(directory: Fixture.root + "/bad/no_weights") }
        refused { _ = try Session(model: model, shape: ForwardShape(batch: 0, length: 1), pool: pool) }
        let short = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 64)
        defer { short.deallocate() }
        refused { _ = try Session(model: model, shape: tensors.shape, pool: pool, arena: short) }
    }

    private func held() -> Held {
        Held(heap: Int(gate_heap_bytes()), resident: Int(gate_resident_bytes()), files: openFiles())
    }

    private func openFiles() -> Int { (0..<1024).count { fcntl(Int32($0), F_GETFD) != -1 } }
}

/// Keeps the compiler from dropping an allocation that nobody uses.
@inline(never) private func leaked(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { memory }
