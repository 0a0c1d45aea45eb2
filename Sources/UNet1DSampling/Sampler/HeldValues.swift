import CKernels
import UNet1D

/// Values that a loop keeps: the states of a trajectory that are given, or the part of a signal that is not to be made anew.
public struct HeldValues: Sendable {
    /// How values are held while the rest is noisy.
    public enum Level: Sendable, Hashable {
        /// As they are, before every forward. Source: Janner and others, "Planning with Diffusion", 2022; diffusers'
        /// ValueGuidedRLPipeline, `reset_x0`.
        case exact
        /// With noise of the sample's level. Source: Lugmayr and others, "RePaint", 2022.
        case noised
    }

    /// A sample: (batch, channels, length), row-major. Only what is held is read.
    public internal(set) var values: [Float]
    let shape: [Int]
    let level: Level
    /// Runs of floats that follow one another.
    let runs: [Range<Int>]

    /// Values of some channels at some positions, of every batch element.
    ///
    /// - Parameters:
    ///   - values: a whole sample, (batch, channels, length), row-major.
    ///   - shape: the sample's, as `plan.sampleShape` says.
    ///   - channels: nil: all.
    ///   - positions: ranges of positions.
    ///   - level: how they are held.
    /// - Throws: `SamplingError.values` for values of another count, and for channels and positions that the shape lacks.
    public init(
        _ values: [Float], shape: [Int], channels: Range<Int>? = nil, positions: [Range<Int>], level: Level
    ) throws(SamplingError) {
        guard shape.count == 3 else {
            throw .values(
                name: "held values' shape", found: "\(shape)", expected: "the sample's: batch, channels, length")
        }
        let (batch, allChannels, length) = (shape[0], shape[1], shape[2])
        guard values.count == batch * allChannels * length else {
            throw .values(
                name: "held values", found: "\(values.count)",
                expected: "\(batch * allChannels * length): a whole sample of the shape \(shape)")
        }
        let channels = channels ?? 0..<allChannels
        guard channels.lowerBound >= 0, channels.upperBound <= allChannels else {
            throw .values(
                name: "held channels", found: "\(channels)", expected: "a part of the sample's, 0..<\(allChannels)")
        }
        for range in positions where range.lowerBound < 0 || range.upperBound > length {
            throw .values(
                name: "held positions", found: "\(range)", expected: "a part of the sample's, 0..<\(length)")
        }
        var runs: [Range<Int>] = []
        for b in 0..<batch {
            for c in channels {
                let row = (b * allChannels + c) * length
                for range in positions where !range.isEmpty {
                    runs.append(row + range.lowerBound..<row + range.upperBound)
                }
            }
        }
        self.values = values
        self.shape = shape
        self.level = level
        self.runs = runs
    }
}

/// How often a loop with held values goes back to noisier steps, so that what it makes fits what is held.
/// Source: Lugmayr and others, "RePaint", 2022.
public struct Resampling: Sendable, Hashable {
    /// The most repetitions.
    public static let maximumRepetitions = 1000
    /// How often each stretch of steps runs, 1 to `maximumRepetitions`.
    public var repetitions: Int
    /// The steps of a stretch, at least 1.
    public var jump: Int

    /// Each stretch of `jump` steps runs `repetitions` times.
    ///
    /// - Precondition: both are at least 1, and there are at most `maximumRepetitions`.
    public init(repetitions: Int, jump: Int = 1) {
        precondition(
            1...Self.maximumRepetitions ~= repetitions && jump >= 1,
            "a stretch has a step, and runs once to \(Self.maximumRepetitions) times")
        self.repetitions = repetitions
        self.jump = jump
    }

    /// Every step runs once.
    public static let none = Resampling(repetitions: 1)
}

extension Schedule {
    /// The most draws of a loop, but for the noise with which it begins.
    func draws(holding held: HeldValues?, _ resampling: Resampling) -> Int {
        let holds = held?.level == .noised
        var draws = holds ? 1 : 0
        for step in 0..<count {
            draws += resampling.repetitions * ((self[step].noise.isDrawn ? 1 : 0) + (holds ? 1 : 0))
        }
        let stretches = (count - 1) / resampling.jump + 1
        return draws + (resampling.repetitions - 1) * stretches
    }
}

extension Sampler {
    /// Keeps values in every loop from now on; nil: none. Allocates.
    ///
    /// - Parameters:
    ///   - values: of this sampler's shape.
    ///   - resampling: how often steps are repeated.
    /// - Throws: `SamplingError.values` for values of another shape, `SamplingError.noise` where given noise does not suffice
    ///   for what is drawn then; nothing changes.
    public mutating func hold(_ values: HeldValues?, resampling: Resampling = .none) throws(SamplingError) {
        guard values == nil || session.plan.layoutOfSample == .channelsFirst else {
            throw .values(
                name: "held values", found: "a robot policy, whose samples have positions first",
                expected: "a model whose samples are (batch, channels, length)")
        }
        if let values, values.shape != session.plan.sampleShape {
            throw .values(
                name: "held values", found: "the shape \(values.shape)",
                expected: "\(session.plan.sampleShape), that of the sample")
        }
        try rethrowing(noise.check(draws: schedule.draws(holding: values, resampling)), as: SamplingError.noise)
        held = values
        self.resampling = resampling
    }

    /// Puts the held values, at a level, into a sample of that level.
    mutating func hold(at level: NoiseLevel, in sample: UnsafeMutablePointer<Float>) {
        if held?.level == .noised && level.noise != 0 { draw() }
        putHeldValues(at: level, in: sample)
    }

    /// Puts the held values, at a level with the noise that was drawn last, into a sample of that level.
    func putHeldValues(at level: NoiseLevel, in sample: UnsafeMutablePointer<Float>) {
        guard let held else { return }
        held.values.withUnsafeBufferPointer { values in
            for run in held.runs {
                for i in run {
                    sample[i] =
                        switch held.level {
                        case .exact: values[i]
                        case .noised where level.noise == 0: values[i]
                        case .noised: Float(level.signal) * values[i] + Float(level.noise) * memory.noise[i]
                        }
                }
            }
        }
    }
}
