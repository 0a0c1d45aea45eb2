/// One step of a sampler: what the model is given, and the weights that make the next sample of its output.
///
/// All tensors are in the scale in which the model reads them. Every row is of one form, so that one kernel runs every
/// scheduler. With u the sample, v the model's output, z noise, and what earlier steps left:
///
///     e  = limit(estimate · {u, v})                   the clean sample, as far as the model can tell
///     k  = kept · {u, v, e}                           becomes h₁ of the next step
///     x  = corrected · {u, v, e, h₁, h₂, h₃, l}       becomes l of the next step
///     u′ = next · {u, v, e, h₁, h₂, h₃, l} + noise · z
///
/// Where `limit` is `none`, e is folded into the other sums and its weight in them is zero.
public struct StepRow: Sendable, Hashable, BitwiseCopyable {
    /// What the model is given as timestep. Its type is `Schedule.timestepType`.
    public var timestep: Double
    /// The factor that made u of diffusers' own sample (`scale_model_input`); 1 for most schedulers.
    public var inputScale: Double
    /// The level of u. A start in this row is signal · known + noise · z.
    public var before: NoiseLevel
    /// The level of u′.
    public var after: NoiseLevel
    /// The weights of u and v in the estimate of the clean sample.
    public var estimate: LinearCombination
    /// What bounds the estimate.
    public var limit: SampleLimit
    /// The weights of what later steps remember; all zero where `Schedule.historyLength` is zero.
    public var kept: LinearCombination
    /// The weights of the corrected sample; all zero unless `Schedule.keepsCorrected`.
    public var corrected: LinearCombination
    /// The weights of the next sample.
    public var next: LinearCombination
    /// The noise that is added to the next sample.
    public var noise: StepNoise

    /// A row without limit, memory and noise, unless given.
    public init(
        timestep: Double, inputScale: Double = 1, before: NoiseLevel, after: NoiseLevel, estimate: LinearCombination,
        limit: SampleLimit = .none, kept: LinearCombination = .zero, corrected: LinearCombination = .zero,
        next: LinearCombination, noise: StepNoise = .none
    ) {
        self.timestep = timestep
        self.inputScale = inputScale
        self.before = before
        self.after = after
        self.estimate = estimate
        self.limit = limit
        self.kept = kept
        self.corrected = corrected
        self.next = next
        self.noise = noise
    }

    /// Whether every weight is a number.
    var isFinite: Bool {
        timestep.isFinite && estimateIsFinite && kept.isFinite && corrected.isFinite && next.isFinite && noise.isFinite
    }

    /// The estimate of an unlimited row is for whoever shows it, and may be without meaning where there is no signal.
    private var estimateIsFinite: Bool { limit == .none || estimate.isFinite }
}

/// What bounds the estimate of the clean sample.
public enum SampleLimit: Sendable, Hashable, BitwiseCopyable {
    /// Nothing.
    case none
    /// e is clamped to −range … range.
    case clip(range: Double)
    /// Dynamic thresholding: with s the quantile `ratio` of |e| over one batch element, linearly interpolated as by
    /// `torch.quantile`, and clamped to 1 … maximum, e becomes clamp(e, −s, s) / s.
    /// Source: Saharia and others, <https://arxiv.org/abs/2205.11487>.
    case dynamicThreshold(ratio: Double, maximum: Double)

    /// The estimate as later terms of an equation see it: `estimate` itself where nothing limits it, else e.
    func limited(_ estimate: LinearCombination) -> LinearCombination { self == .none ? estimate : .estimate }
}

/// The noise of a step. Where it is not `none`, one tensor of standard normal numbers is drawn, as diffusers does it, even
/// if its weight is zero: the numbers after it depend on that.
public enum StepNoise: Sendable, Hashable, BitwiseCopyable {
    /// Nothing is drawn.
    case none
    /// z times a number.
    case scaled(Double)
    /// z times √p. The model has twice the channels; p are the second half of its output.
    case learned
    /// z times exp(offset + slope · p), with p as above.
    case learnedRange(offset: Double, slope: Double)

    /// Whether a tensor of noise is drawn.
    public var isDrawn: Bool { self != .none }

    /// Whether the model's output has twice the channels.
    public var readsVariance: Bool {
        switch self {
        case .none, .scaled: false
        case .learned, .learnedRange: true
        }
    }

    var isFinite: Bool {
        switch self {
        case .none, .learned: true
        case .scaled(let scale): scale.isFinite
        case .learnedRange(let offset, let slope): offset.isFinite && slope.isFinite
        }
    }
}
