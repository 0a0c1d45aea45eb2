/// What `generate` was asked for; nil where flags say nothing. Values are checked when they are used.
public struct GenerationOptions: Sendable {
    /// The signal's file.
    public var output = ""
    /// Steps of the whole schedule.
    public var steps: Int?
    /// A class of schedulers.
    public var scheduler: String?
    /// By what its timesteps are multiplied for the model.
    public var timestepScale: Double?
    /// How many forwards make a round of a whole one and short ones, whose levels `Compute.options` has.
    public var wholeEvery: Int?
    /// The signal's length in seconds.
    public var seconds: Double?
    /// The signal's length in positions.
    public var length: Int?
    /// Signals at once.
    public var batch: Int?
    /// A number of up to 64 bits.
    public var seed: String?
    /// `torch` or `philox`.
    public var generator: String?
    /// A file with the noise to begin with.
    public var noise: String?
    /// A file with a signal to be changed, or to be kept in parts.
    public var initial: String?
    /// How much it is changed.
    public var strength: Double?
    /// The positions that are kept, as `A:B`.
    public var keep: [String] = []
    /// How often each step runs.
    public var resample: Int?
    /// The batch elements that are written, as `A:B`.
    public var rows: String?
    /// Whether the signal is cut to −1 ... 1.
    public var clamps = true
    /// Bits of a WAV file's numbers.
    public var bits: Int?
    /// The drawing's file.
    public var plot: String?
    /// A file with a signal to be drawn above.
    public var above: String?
    /// `none` or `jsonl`.
    public var callbackFormat: String?

    /// Nothing yet.
    public init() {}

    /// The defaults of what flags do not say.
    public static let (defaultSteps, defaultSeed) = (100, "0")
}
