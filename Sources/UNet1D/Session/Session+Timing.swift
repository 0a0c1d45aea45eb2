import CUNet1DSystem
import Planning
import Workers

// Time by operation, apart from the forward that it explains.

extension Session {
    /// Runs `forward` one operation at a time and measures each. The sum is more than a forward takes, because workers
    /// wait for each other after every operation. The bits are the same.
    ///
    /// - Parameter nanoseconds: one entry an operation, in the plan's order.
    package mutating func forwardByOperation(
        sample: Span<Float>, timestep: Timestep, output: inout MutableSpan<Float>,
        nanoseconds: UnsafeMutablePointer<UInt64>
    ) {
        let current = prepared[selected]
        checkCondition()
        latestWhole = selected
        precondition(sample.count == current.pointee.sampleCount && output.count == current.pointee.outputCount)
        precondition(timestep.count == current.pointee.timesteps)
        let plan = prepared.plans[selected]
        for index in 0..<timestep.count { current.pointee.bound.setTimestep(index, timestep.values[index]) }
        sample.withUnsafeBufferPointer { sample in
            output.withUnsafeMutableBufferPointer { output in
                current.pointee.bound.setEnds(
                    sample: sample.baseAddress.unsafelyUnwrapped, output: output.baseAddress.unsafelyUnwrapped)
                var part = OperationTiles(
                    context: UnsafeRawPointer(current.pointee.bound.context), stage: 0, firstTile: 0)
                for (index, operation) in plan.operations.enumerated() {
                    if operation.stage != part.stage {
                        part.stage = operation.stage
                        part.firstTile = 0
                    }
                    // The observation is set already.
                    if operation.phase == .observation {
                        nanoseconds[index] = 0
                        part.firstTile += operation.tileCount
                        continue
                    }
                    let start = system_monotonic_nanoseconds()
                    withUnsafePointer(to: part) {
                        pool.parallelFor(operation.tileCount, context: UnsafeRawPointer($0), function: runPart)
                    }
                    nanoseconds[index] = system_monotonic_nanoseconds() - start
                    part.firstTile += operation.tileCount
                }
            }
        }
    }
}

/// One operation's tiles among those of its stage.
private struct OperationTiles {
    let context: UnsafeRawPointer
    var stage: Int
    var firstTile: Int
}

private func runPart(_ context: UnsafeRawPointer?, _: Int, _ tile: Int, _ worker: Int) {
    let part = context.unsafelyUnwrapped.assumingMemoryBound(to: OperationTiles.self)
    runOneTile(part.pointee.context, part.pointee.stage, part.pointee.firstTile + tile, worker)
}
