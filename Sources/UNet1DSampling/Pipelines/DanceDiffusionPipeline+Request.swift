public import UNet1D

extension DanceDiffusionPipeline {
    /// What to generate.
    public struct Request: Sendable {
        /// Positions of the result; nil: the model's own `sample_size`.
        public var length: Int?
        /// Seconds of the result, in place of `length`; nil: `length` counts.
        public var seconds: Double?
        /// How many signals at once.
        public var batch: Int
        /// Steps of the whole schedule.
        public var steps: Int
        /// Where noise comes from: the same source gives the same signals.
        public var noise: NoiseSource
        /// The noise with which the loop begins, (batch, channels, length); nil: drawn.
        public var start: Tensor?
        /// A signal to be changed, (batch, channels, length), and how much, 0 ... 1; nil: the loop begins with noise alone.
        public var variation: (of: Tensor, strength: Double)?
        /// Parts of a signal, (batch, channels, length), that are kept as they are; nil: none.
        public var kept: (of: Tensor, positions: [Range<Int>])?
        /// How often steps are repeated, so that what is made fits what is kept.
        public var resampling: Resampling
        /// Whether the result is cut to −1 ... 1, as diffusers does.
        public var clamps: Bool
        /// By what the scheduler's timesteps are multiplied for the model: see `Sampler.Options.timestepScale`.
        public var timestepScale: Double
        /// How many forwards make a round of a whole one and short ones: see `Sampler.Options.wholeForwardEvery`.
        public var wholeForwardEvery: Int

        /// A request, with the defaults of diffusers' pipeline.
        public init(
            length: Int? = nil, seconds: Double? = nil, batch: Int = 1, steps: Int = 100,
            noise: NoiseSource = .philox(seed: 0),
            start: Tensor? = nil, variation: (of: Tensor, strength: Double)? = nil,
            kept: (of: Tensor, positions: [Range<Int>])? = nil, resampling: Resampling = .none, clamps: Bool = true,
            timestepScale: Double = 1, wholeForwardEvery: Int = 1
        ) {
            self.length = length
            self.seconds = seconds
            self.batch = batch
            self.steps = steps
            self.noise = noise
            self.start = start
            self.variation = variation
            self.kept = kept
            self.resampling = resampling
            self.clamps = clamps
            self.timestepScale = timestepScale
            self.wholeForwardEvery = wholeForwardEvery
        }
    }
}
