public import Checkpoint

/// What flags or a profile ask for; nil where they say nothing. Values are checked when they are used.
public struct Settings: Sendable, Equatable {
    /// A branch, tag or commit of a checkpoint's repository.
    public var revision: String?
    /// The folder of the model in a checkpoint.
    public var subfolder: String?
    /// Which of a checkpoint's weights.
    public var variant: String?
    /// The configuration of a single file of weights.
    public var config: String?
    /// Batch elements.
    public var batch: Int?
    /// Positions.
    public var length: Int?
    /// A tensor's number.
    public var timestep: Double?
    /// Workers.
    public var threads: Int?
    /// `auto`, or an instruction set's name.
    public var isa: String?
    /// Memory placement.
    public var numa: String?
    /// A made-up machine to plan for.
    public var topology: String?
    /// `fast` or `strict`.
    public var accuracy: String?
    /// The numbers that weights are held in.
    public var precision: String?
    /// Microseconds, or `forever`.
    public var spin: String?
    /// Forwards before the measurement.
    public var warmup: Int?
    /// Forwards to measure.
    public var iterations: Int?
    /// Seconds to measure.
    public var duration: Double?
    /// Milliseconds from the start of a forward to the start of the next.
    public var period: Double?
    /// When queries of a load arrive.
    public var load: String?
    /// Queries a second that arrive.
    public var rate: Double?
    /// The percentile that the search for a rate keeps under the deadline.
    public var findRate: Double?
    /// Whether the last-level cache is evicted before each forward.
    public var cold: Bool?
    /// Percentiles, separated by commas.
    public var percentiles: String?
    /// Milliseconds that a forward should not exceed.
    public var deadline: Double?
    /// Whether a probe of the machine's own noise alternates with the forwards.
    public var probe: Bool?
    /// Forwards after which it is another program's turn.
    public var turns: Int?
    /// Whether outputs with gradients are measured, too.
    public var gradient: Bool?
    /// Steps of a denoising loop.
    public var steps: Int?
    /// A scheduler's class or file.
    public var scheduler: String?
    /// By what the scheduler's timesteps are multiplied for the model.
    public var timestepScale: Double?
    /// The outer levels that short forwards of a loop compute.
    public var shortLevels: Int?
    /// How many forwards of a loop make a round of a whole one and short ones.
    public var wholeEvery: Int?
    /// The report's format.
    public var format: String?
    /// The report's file; nil: standard output.
    public var output: String?
    /// The file of recorded forwards; nil: none.
    public var trace: String?
    /// The file that keeps what a sweep has measured.
    public var resume: String?
    /// Whether progress is never shown.
    public var quiet: Bool?
    /// A machine profile.
    public var machine: String?

    /// Settings with every value unset.
    public init() {}

    /// Which of the models that a checkpoint's name may mean.
    public var lookup: ModelLookup {
        get { ModelLookup(revision: revision, subfolder: subfolder, variant: variant, configuration: config) }
        set {
            (revision, subfolder) = (newValue.revision, newValue.subfolder)
            (variant, config) = (newValue.variant, newValue.configuration)
        }
    }

    /// These settings, completed by `defaults` where a value is unset.
    public func over(_ defaults: Settings) -> Settings {
        var result = self
        for setting in Setting.all { setting.complete(&result, from: defaults) }
        return result
    }
}
