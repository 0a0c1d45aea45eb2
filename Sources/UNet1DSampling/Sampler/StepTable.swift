import Memory
import UNet1D

/// What depends on the timestep alone, for each step of a schedule: time embeddings and their projections.
struct StepTable: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: the memory is this value's own.

    /// Floats of a row; 0: there is none, and forwards compute everything.
    let rowCount: Int
    private let rows: UnsafeMutablePointer<Float>?
    private let mapping: MappedMemory

    /// A schedule of so many steps that a table would take more is run without one.
    private static let mostBytes = 1 << 26

    /// Computes the table. Allocates.
    ///
    /// - Parameter timesteps: gives memory with the timesteps of a step.
    init(
        _ session: inout Session, steps: Int, timesteps: (_ step: Int) -> UnsafePointer<Double>
    ) throws(MemoryError) {
        let count = session.stepResultCount
        let (bytes, overflow) = (count * MemoryLayout<Float>.stride).multipliedReportingOverflow(by: steps)
        let isMade = bytes > 0 && !overflow && bytes <= Self.mostBytes
        mapping = try MappedMemory(touchedBytes: isMade ? bytes : 64)
        rowCount = isMade ? count : 0
        rows = isMade ? mapping.base.bindMemory(to: Float.self, capacity: count * steps) : nil
        guard let rows else { return }
        for step in 0..<steps { session.tabulateStep(timesteps: timesteps(step), into: rows + step * count) }
    }

    /// The row of a step; nil: there is no table.
    func row(_ step: Int) -> UnsafePointer<Float>? { rows.map { UnsafePointer($0 + step * rowCount) } }
}
