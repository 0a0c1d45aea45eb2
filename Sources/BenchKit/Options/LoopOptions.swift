import UNet1DSampling

/// Which denoising loops to measure: settings, checked.
struct LoopOptions {
    /// Steps of a loop.
    let steps: Int
    /// What takes them.
    let scheduler: Scheduler
    /// What else decides a loop.
    let sampler: Sampler.Options

    /// Reads the scheduler that settings name, or that of the model's folder. Nil where no steps are requested. Blocks on the
    /// disk.
    ///
    /// - Throws: `BenchError.option`, and `BenchError.sampling` for a scheduler that cannot be read.
    init?(_ settings: Settings, model: ModelSource) throws(BenchError) {
        guard let steps = settings.steps else {
            let others = [
                ("scheduler", settings.scheduler), ("timestep-scale", settings.timestepScale.map { "\($0)" }),
                ("short-levels", settings.shortLevels.map { "\($0)" }),
                ("whole-every", settings.wholeEvery.map { "\($0)" }),
            ]
            for (name, found) in others {
                guard let found else { continue }
                throw .option(
                    name: name, found: found, expected: "a number of --steps, too: it is for denoising loops")
            }
            return nil
        }
        guard steps >= 1 else { throw .option(name: "steps", found: "\(steps)", expected: "1 or more") }
        let name = settings.scheduler
        if name == "" {
            let known = Scheduler.names.joined(separator: ", ")
            throw .option(name: "scheduler", found: "", expected: "\(known), or a file")
        }
        self.steps = steps
        sampler = Sampler.Options(
            timestepScale: try Self.timestepScale(settings.timestepScale) ?? 1,
            wholeForwardEvery: try Self.wholeForwardEvery(settings.wholeEvery, shortLevels: settings.shortLevels))
        do throws(SamplingError) {
            scheduler =
                if let name, name.hasSuffix(".json") {
                    try Scheduler(of: name)
                } else {
                    try Scheduler(of: model.path, as: name ?? (model.path == nil ? Self.defaultScheduler : nil))
                }
        } catch { throw .sampling(error) }
    }

    /// Checks a scale of timesteps.
    ///
    /// - Throws: `BenchError.option`.
    static func timestepScale(_ scale: Double?) throws(BenchError) -> Double? {
        if let scale, !(scale > 0 && scale.isFinite) {
            throw .option(
                name: "timestep-scale", found: "\(scale)",
                expected: "a number above 0, such as 0.001 for a model whose time is 0 to 1")
        }
        return scale
    }

    /// How many forwards make a round of a whole one and short ones.
    ///
    /// - Throws: `BenchError.option`.
    static func wholeForwardEvery(_ every: Int?, shortLevels: Int?) throws(BenchError) -> Int {
        guard shortLevels != nil else {
            if let every {
                throw .option(
                    name: "whole-every", found: "\(every)",
                    expected: "--short-levels, too: how many levels the forwards between whole ones run")
            }
            return 1
        }
        guard every ?? 1 >= 1 else { throw .option(name: "whole-every", found: "\(every ?? 1)", expected: "1 or more") }
        return every ?? defaultWholeEvery
    }

    /// Every second forward is short.
    static let defaultWholeEvery = 2

    /// Dance Diffusion's.
    private static let defaultScheduler = "IPNDMScheduler"
}
