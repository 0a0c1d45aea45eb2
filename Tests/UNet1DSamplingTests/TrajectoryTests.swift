import Testing
import UNet1DSampling

/// Rows that the plain execution runs, against the real diffusers.
@Suite struct TrajectoryTests {
    /// The largest difference relative to the largest value.
    private func distance(_ found: [Double], _ expected: [Double]) -> Double {
        let largest = max(expected.map(abs).max() ?? 0, 1)
        return zip(found, expected).map { abs($0 - $1) }.max().map { $0.isNaN ? .infinity : $0 / largest } ?? .infinity
    }

    /// The reference with its tables in float64.
    @Test(arguments: Trajectory.all) func equalsDiffusersInDouble(run: Trajectory) throws {
        let schedule = try run.scheduler().prepare(steps: run.steps)
        #expect(schedule.timestepType == (run.integers ? .int64 : .float32))
        try #require(schedule.count == run.timesteps.count)
        #expect(distance(schedule.timesteps, run.timesteps) < 1e-12)
        let samples = run.run(schedule)
        for (step, expected) in run.samples.sorted(by: { $0.key < $1.key }) {
            let distance = distance(samples[step], expected)
            #expect(distance < 1e-11, "step \(step): \(samples[step]) instead of \(expected)")
        }
    }

    /// Where timesteps are floats, the last bit may differ: PyTorch's functions are not the C library's.
    @Test(arguments: Trajectory.all.filter { !$0.singleTimesteps.isEmpty })
    func timestepsInSinglePrecision(run: Trajectory) throws {
        let times = try run.scheduler().prepare(steps: run.steps, precision: .float32).timesteps
        for (i, expected) in run.singleTimesteps.enumerated() {
            let found = Float(times[i * (run.steps / 10)])
            #expect(abs(found - Float(expected)) <= 2 * max(Float(expected), 1).ulp, "\(i): \(found), \(expected)")
        }
    }

    /// The package as it is, in 32-bit floats.
    @Test(arguments: Trajectory.all.filter { $0.singles != nil })
    func isCloseToDiffusersInSinglePrecision(run: Trajectory) throws {
        let schedule = try run.scheduler().prepare(steps: run.steps, precision: .float32)
        let samples = run.run(schedule)
        let distance = distance(samples[samples.count - 1], run.singles ?? [])
        #expect(distance < 2e-5, "\(samples[samples.count - 1]) instead of \(run.singles ?? [])")
    }
}
