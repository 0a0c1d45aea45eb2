public import UNet1D

/// What each operation of a plan takes when it runs alone.
public struct OperationTimes: Sendable {
    /// Milliseconds of each operation, the median of the passes, in the plan's order.
    public let milliseconds: [Double]

    /// Runs forwards operation by operation, for half a second, or two where a forward is slow; at most 101.
    public static func measure(
        _ session: inout Session, sample: [Float], timestep: Timestep
    ) -> OperationTimes {
        let count = session.plan.operations.count
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        var nanoseconds = [UInt64](repeating: 0, count: count)
        var passes: [[UInt64]] = []
        let start = Clock.now
        var elapsed: UInt64 = 0
        while passes.isEmpty
            || !Interruption.isPending
                && (passes.count < 3 && elapsed < 2_000_000_000 || passes.count < 101 && elapsed < 500_000_000)
        {
            nanoseconds.withUnsafeMutableBufferPointer { nanoseconds in
                session.forwardByOperation(
                    sample: sample.span, timestep: timestep, output: &span,
                    nanoseconds: nanoseconds.baseAddress.unsafelyUnwrapped)
            }
            passes.append(nanoseconds)
            elapsed = Clock.now - start
        }
        return OperationTimes(
            milliseconds: (0..<count).map { index in
                Statistics.percentile(50, ofSorted: passes.map { Double($0[index]) / 1e6 }.sorted())
            })
    }
}
