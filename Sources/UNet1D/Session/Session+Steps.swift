import Planning

// What depends on the timestep alone, computed once for all loops of a schedule.

extension Session {
    /// Floats of what the operations of the timestep give to others, for the selected shape; 0: nothing is to be tabulated.
    package var stepResultCount: Int { prepared[selected].pointee.stepResults.count }

    /// Computes what depends on the timestep alone and copies it. Allocates nothing.
    ///
    /// - Parameters:
    ///   - timesteps: as many as the selected shape has.
    ///   - row: room for `stepResultCount` floats.
    package mutating func tabulateStep(timesteps: UnsafePointer<Double>, into row: UnsafeMutablePointer<Float>) {
        let current = prepared[selected]
        latestWhole = nil
        if conditioned != selected { conditioned = nil }
        for index in 0..<current.pointee.timesteps { current.pointee.bound.setTimestep(index, timesteps[index]) }
        run(current.pointee.bound, .step)
        current.pointee.stepResults.copy(to: row)
    }

    /// Runs `forward` with what `tabulateStep` gave for its timesteps: the same bits.
    package mutating func forward(
        uncheckedSample sample: UnsafePointer<Float>, stepResults row: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>
    ) {
        let current = prepared[selected]
        checkCondition()
        latestWhole = selected
        current.pointee.bound.setEnds(sample: sample, output: output)
        current.pointee.stepResults.copy(from: row)
        run(current.pointee.bound, .tabulated)
    }
}

/// The buffers of what the operations of the timestep give to others, as a forward reads them.
///
/// Plans have two of these at most: the projections of all blocks, and the time MLP's result.
struct StepResults: @unchecked Sendable {
    // Sendable unchecked: addresses of the session's own memory.

    private let first: UnsafeMutablePointer<Float>?
    private let firstCount: Int
    private let second: UnsafeMutablePointer<Float>?
    private let secondCount: Int

    /// Floats of both.
    var count: Int { firstCount + secondCount }

    init(_ plan: Plan, buffers: [UnsafeMutableRawPointer]) {
        let results = plan.stepResults
        // More than two are computed anew by each forward.
        let isFew = results.count <= 2
        func pointer(_ index: Int) -> UnsafeMutablePointer<Float>? {
            isFew && index < results.count
                ? buffers[results[index].buffer].assumingMemoryBound(to: Float.self) : nil
        }
        first = pointer(0)
        second = pointer(1)
        firstCount = first == nil ? 0 : results[0].floats
        secondCount = second == nil ? 0 : results[1].floats
    }

    func copy(to row: UnsafeMutablePointer<Float>) {
        if let first { row.update(from: first, count: firstCount) }
        if let second { (row + firstCount).update(from: second, count: secondCount) }
    }

    func copy(from row: UnsafePointer<Float>) {
        first?.update(from: row, count: firstCount)
        second?.update(from: row + firstCount, count: secondCount)
    }
}
