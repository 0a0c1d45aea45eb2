import Dispatch
import GateSystem
import Glibc
import TestSupport
import UNet1D

/// Models, pools and sessions that are made and dropped leave nothing: no heap, no memory, no open file. Their making fails on the
/// way, too, as that is where something may be forgotten.
struct LifetimesGate {
    let count: Int
    /// What each round leaves behind, to show that the gate sees it.
    var planted: Planted?

    enum Planted: String { case heap, memory, file }

    /// Until the caches of the C library, of Dispatch and of the runtime are full.
    private static let roundsBefore = 300
    /// Chunks that the C library keeps for threads that have ended, and the like.
    private static let allowed = Held(heap: 32 << 10, resident: 2 << 20, files: 0)

    /// What a process has.
    private struct Held {
        /// Bytes that are allocated.
        var heap: Int
        /// Bytes of memory that are there.
        var resident: Int
        var files: Int
    }

    private let models: [(directory: String, tensors: ForwardTensors)]

    init(count: Int, planted: Planted? = nil) throws {
        self.count = count
        self.planted = planted
        models = try ["value_small", "resnet_1level", "noskip_1level"].map { name in
            let fixture = Fixture.named(name)
            guard let tensors = try fixture.tensors() else { stop("lifetimes: \(name) has no tensors") }
            return (fixture.directory, tensors)
        }
    }

    func run() throws {
        for round in 0..<Self.roundsBefore { try self.round(round) }
        let before = held()
        for round in 0..<count { try self.round(round) }
        let after = held()
        let growth = Held(
            heap: after.heap - before.heap, resident: after.resident - before.resident,
            files: after.files - before.files)
        print(
            "lifetimes: \(count) models with sessions: \(growth.heap) bytes more on the heap (of \(before.heap)), "
                + "\(growth.resident) more resident (of \(before.resident)), \(growth.files) more files")
        if growth.heap > Self.allowed.heap || growth.resident > Self.allowed.resident
            || growth.files > Self.allowed.files
        {
            stop("lifetimes: something is left", status: 1)
        }
    }

    private func round(_ round: Int) throws {
        let (directory, tensors) = models[round % models.count]
        let model = try UNet1DModel(directory: directory)
        let pool = try WorkerPool(workers: 1 + round % 8 / 7)
        try makeAndFail(model, tensors, pool)
        var session = try Session(model: model, shape: tensors.shape, pool: pool)
        let output = tensors.run(&session)
        var larger = tensors.shape
        larger.batch *= 2
        larger.timesteps = larger.timesteps == 1 ? 1 : larger.batch
        // Not for all models: then the session stays as it was.
        if larger.timesteps > 1 || tensors.shape.batch > 1 { try? session.prepare(larger) }
        if round % 4 == 0 {
            let sample = try Tensor(tensors.sample, shape: tensors.sampleShape)
            guard try model(sample, timestep: tensors.timestep).sample.scalars == output else {
                stop("lifetimes: other bits", status: 1)
            }
            inTask {
                let shared = try await AsyncSession(model: model, shapes: [tensors.shape], pool: pool)
                _ = try await shared(sample, timestep: tensors.timestep)
            }
        }
        switch planted {
        case nil: break
        case .heap: _ = leaked(malloc(64))
        case .memory: gate_untouched_page()[0] = 1
        case .file: _ = open("/dev/null", O_RDONLY)
        }
    }

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
        refused { _ = try Session(model: model, shape: tensors.shape, pool: pool, activations: short) }
    }

    private func held() -> Held {
        Held(heap: Int(gate_heap_bytes()), resident: Int(gate_resident_bytes()), files: openFiles())
    }

    private func openFiles() -> Int { (0..<1024).count { fcntl(Int32($0), F_GETFD) != -1 } }
}

/// Keeps the compiler from dropping an allocation that nobody uses.
@inline(never) private func leaked(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { memory }
