import Checkpoint
public import UNet1D

/// What `run` and `plan` work on: a model and a shape, from flags and a profile.
public struct Workload: Sendable {
    /// The profile's name; nil where flags gave a model and no profile.
    public let profile: String?
    /// The profile's sentence.
    public let description: String?
    /// Where the model comes from.
    public let model: ModelSource
    /// The seed of the sample, and of random weights.
    public let seed: UInt64
    /// The flags, merged with the profile's options.
    public let settings: Settings
    /// Where profiles are found.
    public let library: ProfileLibrary
    /// Whether nobody requested a length, so that the model's own is taken.
    private let lengthIsFree: Bool

    /// Finds the profile (the built-in one if none is named) and puts the flags over it.
    ///
    /// - Parameter what: the checkpoint that a flag names, in place of the profile's model.
    /// - Throws: what finding and reading a profile throws; `BenchError.option` where a flag says which model of a checkpoint
    ///   is meant, and there is no checkpoint.
    public init(
        profile name: String?, model what: String?, flags: Settings, library: ProfileLibrary
    ) throws(BenchError) {
        let profile = try library.profile(name ?? ProfileLibrary.defaultName)
        var defaults = profile.settings
        // A profile says which of the models in its own checkpoint is meant, not in another one.
        if what != nil { defaults.lookup = ModelLookup() }
        settings = flags.over(defaults)
        seed = profile.seed
        self.library = library
        let named = name != nil || what == nil
        self.profile = named ? profile.name : nil
        description = what == nil ? profile.description : nil
        lengthIsFree = flags.length == nil && !named
        switch (what, profile.model) {
        case (let what?, _), (nil, .checkpoint(let what)): model = .checkpoint(what, settings.lookup)
        case (nil, .configuration(let family)):
            model = .seeded(family, seed: seed)
            if let (name, found) = settings.lookup.given.first {
                throw .option(name: name, found: "\(found) without a checkpoint", expected: "--model beside it")
            }
        }
    }

    /// A tensor's number.
    public var timestepNumber: Double {
        // Tensors of fractions are single precision.
        let number = settings.timestep ?? 0
        return number == number.rounded() ? number : Double(Float(number))
    }

    /// A sample of random numbers, the same for the same seed.
    func sample(_ plan: Plan) -> [Float] {
        let recipe = SeededWeights.sample(count: plan.sampleCount, seed: seed)
        return (0..<plan.sampleCount).map { recipe.value(at: $0) }
    }

    /// The timestep, repeated as often as a plan needs it.
    ///
    /// - Throws: `BenchError.library` for a number that is none.
    func timestep(_ plan: Plan) throws(BenchError) -> Timestep {
        do throws(UNet1DError) {
            return try Timestep([Double](repeating: timestepNumber, count: plan.shape.timesteps))
        } catch { throw .library(error) }
    }

    /// The sample's length for a network, and why it is that one.
    func length(_ network: Network) -> LengthChoice {
        lengthIsFree
            ? LengthChoice(of: network, batch: settings.batch ?? 1, timesteps: timesteps(network))
            : LengthChoice(length: settings.length ?? 1)
    }

    /// How many timesteps a forward takes: one for each batch element where the model needs that.
    private func timesteps(_ network: Network) -> Int {
        network.configuration.outBlockType == .valueFunction ? settings.batch ?? 1 : 1
    }

    /// Plans from the configuration alone.
    ///
    /// - Throws: what reading the configuration throws, `BenchError.library` for a shape that does not run, and
    ///   `BenchError.option` for one beyond all memory.
    public func plan(
        _ outline: ModelSource.Outline, options: Session.Options, differentiated: Bool = false
    ) throws(BenchError) -> Plan {
        try plan(outline.network) { shape throws(UNet1DError) in
            try Plan(network: outline.network, shape: shape, options: options, differentiated: differentiated)
        }
    }

    /// Plans for a loaded model.
    ///
    /// - Throws: as the other.
    public func plan(_ model: UNet1DModel, options: Session.Options) throws(BenchError) -> Plan {
        try plan(model.network) { shape throws(UNet1DError) in
            try model.plan(shape, options: options)
        }
    }

    private func plan(
        _ network: Network, _ make: (ForwardShape) throws(UNet1DError) -> Plan
    ) throws(BenchError) -> Plan {
        let wanted = ForwardShape(
            batch: settings.batch ?? 1, length: length(network).length, timesteps: timesteps(network))
        try check(wanted, channels: max(network.sampleChannels, network.configuration.blockOutChannels.max() ?? 1))
        do throws(UNet1DError) { return try make(wanted) } catch {
            if let path = model.path { throw .forward(file: path, cause: error) }
            throw .library(error)
        }
    }

    /// Sizes beyond any machine are refused before they are multiplied: activations of 2⁴⁰ floats, or of so many that
    /// the multiply-adds of attention between all positions would not fit an integer.
    private func check(_ shape: ForwardShape, channels: Int) throws(BenchError) {
        for (name, size) in [("batch", shape.batch), ("length", shape.length)] where size < 1 {
            throw .option(name: name, found: "\(size)", expected: "1 or more")
        }
        let widest = Double(channels)
        let positions = Double(shape.batch) * Double(shape.length)
        if positions * widest > 0x1p40 || positions * positions * widest > 0x1p57 {
            throw .option(
                name: shape.length > shape.batch ? "length" : "batch",
                found: "batch \(shape.batch) × length \(shape.length)",
                expected: "fewer positions: no machine runs so many at \(channels) channels")
        }
    }
}
