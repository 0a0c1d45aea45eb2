import CKernels
import KernelArguments
import KernelDispatch
import Memory
import UNet1D

/// The multiply-add peak of an instruction set: its convolution kernel on a product that stays in the first-level
/// cache.
final class PeakProbe {
    private static let channels = 64
    private static let rowBlocks = 2
    private static let callsPerTile = 200

    private let table: kernel_table
    private let rows: Int
    private let columns: Int

    init(_ implementation: Implementation = .best) {
        table = implementation.table
        rows = table.geometry.block_rows * Self.rowBlocks
        columns = table.geometry.panel_columns
    }

    /// GFLOP/s of all workers of `pool` together, the best round in `nanoseconds`.
    ///
    /// - Throws: `MemoryError` where the system refuses the memory.
    func gflops(_ pool: WorkerPool, nanoseconds: UInt64) throws(MemoryError) -> Double {
        let sizes = [rows * Self.channels, Self.channels * columns, columns, rows * columns]
        let stride = (sizes.reduce(0, +) + 1023) / 1024 * 1024 + 64
        let floats = try MappedMemory(bytes: pool.workers * stride * MemoryLayout<Float>.stride)
        let structs = try MappedMemory(bytes: pool.workers * MemoryLayout<convolution_arguments>.stride)
        let memory = floats.base.assumingMemoryBound(to: Float.self)
        let arguments = structs.base.assumingMemoryBound(to: convolution_arguments.self)
        defer {
            extendLifetime(floats)
            extendLifetime(structs)
        }
        for worker in 0..<pool.workers {
            (arguments + worker).initialize(to: self.arguments(memory + worker * stride, sizes))
        }
        var work = PeakWork(kernel: table.convolution, arguments: UnsafePointer(arguments))
        // Enough tiles that a worker which starts late counts little.
        let tiles = pool.workers * 8
        let flops = Double(tiles * Self.callsPerTile * 2 * rows * columns * Self.channels)
        var best = 0.0
        let start = Clock.now
        repeat {
            let roundStart = Clock.now
            pool.parallelFor(tiles, context: &work, function: runPeakTile)
            best = max(best, flops / Double(max(1, Clock.now - roundStart)))
        } while Clock.now - start < nanoseconds
        return best
    }

    static let calls = callsPerTile

    /// A linear layer of `rows` rows in memory of one worker: input, weights, bias, output.
    private func arguments(_ memory: UnsafeMutablePointer<Float>, _ sizes: [Int]) -> convolution_arguments {
        var result = convolution_arguments.linear(
            UnsafePointer(memory), rowStride: Self.channels, channels: Self.channels,
            bias: UnsafePointer(memory + sizes[0] + sizes[1]), y: memory + sizes[0] + sizes[1] + sizes[2], rows: rows,
            geometry: table.geometry)
        result.weights = UnsafeRawPointer(memory + sizes[0])
        return result
    }
}

private struct PeakWork {
    let kernel: kernel_function
    let arguments: UnsafePointer<convolution_arguments>
}

private func runPeakTile(_ context: UnsafeRawPointer?, _: Int, _: Int, _ worker: Int) {
    let work = context.unsafelyUnwrapped.assumingMemoryBound(to: PeakWork.self)
    for _ in 0..<PeakProbe.calls { work.pointee.kernel(work.pointee.arguments + worker, 0, nil) }
}
