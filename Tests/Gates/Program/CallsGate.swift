import ArgumentParser
import CUNet1D
import CUNet1DSystem
import Glibc
import TestSupport
import UNet1D

/// What a forward costs more through the C library than in Swift: both in turn, in one process, one worker each; and what a call
/// takes that is refused for its timestep, after all else was looked at. Where memory happens to lie moves the difference by some
/// hundred nanoseconds, so the second figure tells more. Prints; holds nothing, as times are no promise of a test.
struct CallsGate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "What a call of libunet1d.so costs more than one in Swift.")

    @Argument(help: "The file libunet1d.so.")
    var library: String
    @Argument(help: "The name of a fixture.")
    var fixture: Fixture

    private typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    private typealias MakePool = @convention(c) (UnsafeRawPointer, UnsafeMutablePointer<OpaquePointer?>) -> UInt32
    private typealias MakeSession =
        @convention(c) (
            OpaquePointer?, OpaquePointer?, UnsafeRawPointer, Int, UnsafeRawPointer?,
            UnsafeMutablePointer<OpaquePointer?>
        ) -> UInt32
    private typealias Forward =
        @convention(c) (
            OpaquePointer?, UnsafePointer<Float>, Int, UnsafeRawPointer, UnsafeMutablePointer<Float>, Int
        ) -> UInt32

    func run() throws {
        let tensors = try fixture.requiredTensors()
        guard let handle = dlopen(library, RTLD_NOW) else { stop("\(library) cannot be loaded") }

        var session = try Session(
            model: UNet1DModel(directory: fixture.directory), shape: tensors.shape, pool: WorkerPool(workers: 1))
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        let count = output.count

        var poolOptions = unet1d_pool_options()
        poolOptions.size = UInt32(MemoryLayout<unet1d_pool_options>.size)
        poolOptions.workers = 1
        var shape = unet1d_shape(
            batch: Int64(tensors.shape.batch), length: Int64(tensors.shape.length),
            timesteps: Int64(tensors.shape.timesteps))
        var model: OpaquePointer?
        var pool: OpaquePointer?
        var other: OpaquePointer?
        let failed =
            function(handle, "unet1d_model_open", Open.self)(fixture.directory, &model) != 0
            || function(handle, "unet1d_pool_create", MakePool.self)(&poolOptions, &pool) != 0
            || function(handle, "unet1d_session_create", MakeSession.self)(model, pool, &shape, 1, nil, &other) != 0
        if failed { stop("the C library refuses \(fixture)") }
        let forward = function(handle, "unet1d_forward", Forward.self)

        let numbers = [Double](repeating: 1, count: tensors.shape.timesteps)
        let timestep = try Timestep(numbers)
        let rounds = 40_000
        var refused: UInt64 = 0
        var swift: [UInt64] = []
        var c: [UInt64] = []
        swift.reserveCapacity(rounds)
        c.reserveCapacity(rounds)
        numbers.withUnsafeBytes { numbers in
            tensors.sample.withUnsafeBufferPointer { sample in
                output.withUnsafeMutableBufferPointer { output in
                    let base = output.baseAddress.unsafelyUnwrapped
                    var entry = unet1d_timestep(
                        values: numbers.baseAddress, count: timestep.count, kind: UInt32(UNET1D_TIMESTEP_DOUBLE),
                        reserved: 0)
                    for _ in 0..<rounds {
                        let first = system_monotonic_nanoseconds()
                        var span = output.mutableSpan
                        session.forward(sample: sample.span, timestep: timestep, output: &span)
                        let second = system_monotonic_nanoseconds()
                        _ = forward(other, sample.baseAddress.unsafelyUnwrapped, sample.count, &entry, base, count)
                        let third = system_monotonic_nanoseconds()
                        swift.append(second - first)
                        c.append(third - second)
                    }
                    entry.kind = .max
                    let start = system_monotonic_nanoseconds()
                    for _ in 0..<rounds {
                        _ = forward(other, sample.baseAddress.unsafelyUnwrapped, sample.count, &entry, base, count)
                    }
                    refused = system_monotonic_nanoseconds() - start
                }
            }
        }
        swift.sort()
        c.sort()
        for (name, rank) in [("tenth percentile", rounds / 10), ("median", rounds / 2)] {
            let difference = Int(c[rank]) - Int(swift[rank])
            print("calls: \(fixture), \(name): Swift \(swift[rank]) ns, C \(c[rank]) ns, difference \(difference) ns")
        }
        print("calls: \(fixture), a refused call: \(refused / UInt64(rounds)) ns")
    }

    private func function<Function>(_ handle: UnsafeMutableRawPointer, _ name: String, _: Function.Type) -> Function {
        guard let symbol = dlsym(handle, name) else { stop("\(library) has no \(name)") }
        return unsafeBitCast(symbol, to: Function.self)
    }
}
