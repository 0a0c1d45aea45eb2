/// Operations that do not depend on one another, between two barriers.
struct Stage: Sendable, Hashable {
    /// Indices of its operations.
    var operations: Range<Int>
    /// Tiles of all of them.
    var tileCount: Int
    /// Whether one worker runs all its tiles: sharing them would cost more than it saves. Decides no bits.
    var isSerial: Bool
}

extension Stage {
    /// The stages of a plan.
    ///
    /// - Parameters:
    ///   - rate: multiply-adds a second of one core.
    ///   - weightBandwidth: of where weights come from, bytes a second of one core.
    static func stages(
        of operations: [Plan.Operation], machine: MachineProfile, rate: Double, weightBandwidth: Double
    ) -> [Stage] {
        var stages: [Stage] = []
        var seconds = 0.0
        for (index, operation) in operations.enumerated() {
            if operation.stage == stages.count {
                stages.append(Stage(operations: index..<index, tileCount: 0, isSerial: false))
                seconds = 0
            }
            stages[operation.stage].operations = stages[operation.stage].operations.lowerBound..<index + 1
            stages[operation.stage].tileCount += operation.tileCount
            let activationBytes = operation.bytesRead - operation.weightBytes + operation.bytesWritten
            seconds += max(
                Double(operation.products) / rate,
                Double(operation.weightBytes) / weightBandwidth
                    + Double(activationBytes) / machine.oneCoreBandwidth.l3)
            // Handing over costs a barrier, and misses for what the other core has in its caches.
            stages[operation.stage].isSerial = seconds * 1e9 < 4 * machine.barrierNanoseconds
        }
        return stages
    }
}
