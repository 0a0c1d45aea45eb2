/// A scheduler prepared for a number of steps: a table with a row for each evaluation of the model.
///
/// It holds everything that depends on scheduler and step count, computed in Double. Making it allocates; reading a row
/// does not.
///
/// ```swift
/// let schedule = try DDIMScheduler(training: TrainingNoise(betas: .squaredCosine)).prepare(steps: 50)
/// for step in 0..<schedule.count {
///     let row = schedule[step]
///     print(row.timestep, row.next.sample, row.next.output)
/// }
/// ```
public struct Schedule: Sendable {
    /// What kind of tensor diffusers gives the model as timestep.
    public enum TimestepType: Sendable, Hashable {
        /// 64-bit integers.
        case int64
        /// 32-bit floats, to which `StepRow.timestep` is yet to be rounded if the precision was `double`.
        case float32
    }

    /// The type of the timesteps.
    public let timestepType: TimestepType
    /// The standard deviation of the first sample, in the scale in which the model reads it: diffusers' `init_noise_sigma`
    /// times the first `StepRow.inputScale`.
    public let initialNoiseScale: Double
    /// How many tensors steps remember, 0 to 3.
    public let historyLength: Int
    /// Whether steps keep a corrected sample.
    public let keepsCorrected: Bool
    /// Whether the model's output has twice the sample's channels, the second half of which is about variances.
    public let readsVariance: Bool
    /// How many rows there are.
    public let count: Int
    /// Rows by how many tensors were kept, then by step.
    private let rows: [StepRow]

    /// Asks for every row.
    ///
    /// - Parameters:
    ///   - scheduler: the name that errors mention.
    ///   - row: the row of a step when so many tensors are remembered, which may be more than there were steps before it.
    /// - Throws: what `row` throws, and `SchedulerError.schedule` if a weight is no number.
    package init(
        _ scheduler: String, count: Int, timestepType: TimestepType = .int64, initialNoiseScale: Double = 1,
        historyLength: Int = 0, keepsCorrected: Bool = false, readsVariance: Bool = false,
        row: (_ step: Int, _ kept: Int) throws(SchedulerError) -> StepRow
    ) throws(SchedulerError) {
        self.timestepType = timestepType
        self.initialNoiseScale = initialNoiseScale
        self.historyLength = historyLength
        self.keepsCorrected = keepsCorrected
        self.readsVariance = readsVariance
        self.count = count
        var rows: [StepRow] = []
        rows.reserveCapacity((historyLength + 1) * count)
        for kept in 0...historyLength {
            for step in 0..<count {
                let made = try row(step, kept)
                guard made.isFinite else {
                    throw .schedule(
                        scheduler, problem: "step \(step + 1) of \(count), timestep \(made.timestep), divides by zero",
                        remedy: "use another prediction type, spacing or number of steps")
                }
                rows.append(made)
            }
        }
        self.rows = rows
    }

    /// The row of a step of a run that starts with the first row.
    ///
    /// - Precondition: `step` is below `count`.
    public subscript(step: Int) -> StepRow { self[step, kept: min(step, historyLength)] }

    /// The row of a step when only so many tensors are remembered: after a start in the middle, or after a jump back in
    /// the schedule, the order of a multistep method ramps up anew. With none remembered, l is not read either.
    ///
    /// - Precondition: `step` is below `count`, `kept` is not negative.
    public subscript(step: Int, kept kept: Int) -> StepRow {
        precondition(step >= 0 && step < count && kept >= 0)
        return rows[min(kept, historyLength) * count + step]
    }

    /// The timesteps of all rows. Allocates.
    public var timesteps: [Double] { rows.prefix(count).map(\.timestep) }

    /// The row with which a run begins that changes a given sample by `strength`: 1 starts from almost nothing but noise, and a run
    /// shorter than one step does nothing. Source: diffusers' image-to-image pipelines, `get_timesteps`.
    ///
    /// - Precondition: `strength` is 0 to 1.
    public func firstStep(strength: Double) -> Int {
        precondition((0...1).contains(strength))
        return max(count - min(Int(Double(count) * strength), count), 0)
    }
}
