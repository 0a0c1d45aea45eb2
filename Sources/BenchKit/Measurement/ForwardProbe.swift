import CKernels
import Glibc
import KernelArguments
import Memory
import UNet1D

/// Work as long as a forward that alternates with it, so that the machine's own noise is known: it streams as many
/// bytes and does as many multiply-adds, on the same workers, with as many barriers, but runs none of the plan's
/// operations.
///
/// It multiplies rows in the first-level cache by the weights that the forward reads, and reads bytes instead of
/// activations. Weights of its own would push the forward's out of the cache: alternating with a probe that had some, a
/// forward of 16 MiB of weights on 32 MiB of last-level cache took twice as long as alone. What a forward takes beyond
/// that, for transforms, activations and small stages, is filled with more multiply-adds in the first-level cache
/// (`fit`).
final class ForwardProbe {
    /// Bytes that a run reads.
    let bytes: Int
    /// Multiply-adds of a run, those that fill it up apart.
    let multiplyAdds: Int

    private let memory: MappedMemory
    private let stages: [Int]
    private let blocks: UnsafeMutableBufferPointer<ProbeBlock>
    private let work: UnsafeMutablePointer<ProbeWork>

    /// Rows of weights a call.
    private static let depth = 64
    /// More would not stay in the second-level cache beside the weights.
    private static let mostRows = 256
    /// Arguments of workers lie so far apart that no two write one line.
    private static let argumentStride = 1024

    /// Maps and touches memory of the size of the arena, and a little for each worker.
    ///
    /// - Parameter weights: the plan's packed weights; they must live as long as the probe.
    /// - Throws: `MemoryError` where the system refuses the memory.
    init(_ plan: Plan, weights: [UnsafeRawBufferPointer], workers: Int) throws(MemoryError) {
        let table = plan.implementation.table
        let columns = table.geometry.panel_columns
        let float = MemoryLayout<Float>.stride
        let weightFloats = plan.weightBytes / float
        let calls = max(1, (plan.products + weightFloats * Self.mostRows - 1) / max(1, weightFloats * Self.mostRows))
        let rows = max(1, Int((Double(plan.products) / Double(max(1, weightFloats * calls))).rounded()))
        let arenaBytes = max(4096, plan.arenaBytes)
        // Rows, bias and results of a worker, whole pages.
        let operandFloats = (rows * Self.depth + columns + rows * columns + 1023) / 1024 * 1024
        let sizes = [
            arenaBytes, Self.depth * columns * float, workers * operandFloats * float, workers * Self.argumentStride,
        ].map { ($0 + 4095) / 4096 * 4096 }
        memory = try MappedMemory(bytes: sizes.reduce(0, +))
        // Untouched pages would all be the one page of zeros. The bytes make small normal numbers.
        memset(memory.base, 0x3C, memory.bytes)
        let operandWeights = (memory.base + sizes[0]).assumingMemoryBound(to: Float.self)
        let operands = (memory.base + sizes[0] + sizes[1]).assumingMemoryBound(to: Float.self)
        let arguments = memory.base + sizes[0] + sizes[1] + sizes[2]
        for worker in 0..<workers {
            (arguments + worker * Self.argumentStride).bindMemory(to: convolution_arguments.self, capacity: 1)
                .initialize(
                    to: Self.arguments(operands + worker * operandFloats, rows: rows, geometry: table.geometry))
        }
        let found = weights.flatMap { Self.blocks(of: $0, columns: columns) }
        blocks = .allocate(capacity: found.count)
        _ = blocks.initialize(from: found)
        let activations = plan.operations.reduce(0) { $0 + $1.bytesRead - $1.weightBytes + $1.bytesWritten }
        // One worker claims nothing from another; several get enough tiles that a late one counts little.
        let tiles = workers == 1 ? 1 : 4 * workers
        stages = [Int](repeating: tiles, count: plan.stageCount)
        work = .allocate(capacity: 1)
        work.initialize(
            to: ProbeWork(
                kernel: table.convolution, arguments: arguments, argumentStride: Self.argumentStride,
                blocks: UnsafePointer(blocks.baseAddress.unsafelyUnwrapped), blockCount: blocks.count,
                callsPerBlock: calls, operandWeights: UnsafePointer(operandWeights), depth: Self.depth,
                activations: UnsafeRawPointer(memory.base), arenaBytes: arenaBytes, activationBytes: activations,
                tilesPerStage: tiles, tiles: tiles * plan.stageCount, fill: 0))
        bytes = plan.weightBytes + activations
        multiplyAdds = weightFloats * rows * calls
    }

    deinit {
        work.deallocate()
        blocks.deallocate()
    }

    /// Runs it once. Allocates nothing.
    func run(_ pool: WorkerPool) {
        stages.withUnsafeBufferPointer {
            pool.run(
                context: UnsafeRawPointer(work), stages: $0.baseAddress.unsafelyUnwrapped, count: $0.count,
                function: runProbeTile)
        }
    }

    /// Makes it as long as a forward, unless it is longer already. Allocates.
    ///
    /// - Parameters:
    ///   - pairs: how often both are timed.
    ///   - time: nanoseconds of a forward and of the probe, one after the other, as they are measured: each finds the
    ///     caches as the other leaves them.
    func fit(pairs: Int, workers: Int, time: () -> (forward: UInt64, probe: UInt64)) {
        // A second time, as what is filled in is not all that changes.
        for _ in 0..<2 {
            let times = (0..<pairs).map { _ in time() }
            fill(times.map { Double($0.forward) }.median - times.map { Double($0.probe) }.median, workers: workers)
        }
    }

    /// Makes the probe longer by a number of nanoseconds.
    private func fill(_ missing: Double, workers: Int) {
        let calls = 256
        let start = Clock.now
        for _ in 0..<calls { work.pointee.fillOnce(worker: 0) }
        let call = max(1, Double(Clock.now - start) / Double(calls))
        let fill = Double(work.pointee.fill) + missing * Double(workers) / call
        work.pointee.fill = fill.isFinite ? Int(max(0, min(fill, 1e12))) : 0
    }

    /// A packed weight, cut.
    private static func blocks(of weights: UnsafeRawBufferPointer, columns: Int) -> [ProbeBlock] {
        let floats = weights.bindMemory(to: Float.self)
        return stride(from: 0, to: floats.count, by: depth * columns).compactMap { first in
            let rows = min(depth, (floats.count - first) / columns)
            return rows == 0 ? nil : ProbeBlock(weights: floats.baseAddress.unsafelyUnwrapped + first, depth: rows)
        }
    }

    private static func arguments(
        _ memory: UnsafeMutablePointer<Float>, rows: Int, geometry: kernel_geometry
    ) -> convolution_arguments {
        .linear(
            UnsafePointer(memory), rowStride: depth, channels: depth, bias: UnsafePointer(memory + rows * depth),
            y: memory + rows * depth + geometry.panel_columns, rows: rows, geometry: geometry)
    }
}

/// Weights that are streamed by one call: `depth` rows of a panel.
private struct ProbeBlock {
    let weights: UnsafePointer<Float>
    let depth: Int
}

/// What a tile of the probe reads.
private struct ProbeWork {
    let kernel: kernel_function
    let arguments: UnsafeMutableRawPointer
    let argumentStride: Int
    let blocks: UnsafePointer<ProbeBlock>
    let blockCount: Int
    let callsPerBlock: Int
    /// A block that stays in the first-level cache.
    let operandWeights: UnsafePointer<Float>
    let depth: Int
    let activations: UnsafeRawPointer
    let arenaBytes: Int
    let activationBytes: Int
    let tilesPerStage: Int
    let tiles: Int
    /// Calls of all tiles together that fill the time up.
    var fill: Int

    func of(_ worker: Int) -> UnsafeMutablePointer<convolution_arguments> {
        (arguments + worker * argumentStride).assumingMemoryBound(to: convolution_arguments.self)
    }

    func fillOnce(worker: Int) {
        let arguments = of(worker)
        arguments.pointee.weights = UnsafeRawPointer(operandWeights)
        arguments.pointee.source.0.channels = depth
        kernel(arguments, 0, nil)
    }
}

/// A tile's share of the weights, of the activations and of the filling.
private func runProbeTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let work = context.unsafelyUnwrapped.assumingMemoryBound(to: ProbeWork.self)
    let share = stage * work.pointee.tilesPerStage + tile
    let shares = work.pointee.tiles
    let arguments = work.pointee.of(worker)
    for index in (share * work.pointee.blockCount / shares)..<((share + 1) * work.pointee.blockCount / shares) {
        let block = work.pointee.blocks[index]
        arguments.pointee.weights = UnsafeRawPointer(block.weights)
        arguments.pointee.source.0.channels = block.depth
        for _ in 0..<work.pointee.callsPerBlock { work.pointee.kernel(arguments, 0, nil) }
    }
    var offset = share * work.pointee.activationBytes / shares
    let end = (share + 1) * work.pointee.activationBytes / shares
    while offset < end {
        let place = offset % work.pointee.arenaBytes
        let count = min(end - offset, work.pointee.arenaBytes - place)
        // Looked at, so that the call stays: memchr looks for a byte that is not there, at full width.
        let found = memchr(work.pointee.activations + place, 2, count)
        precondition(found == nil)
        offset += count
    }
    let fill = work.pointee.fill
    for _ in (share * fill / shares)..<((share + 1) * fill / shares) { work.pointee.fillOnce(worker: worker) }
}
