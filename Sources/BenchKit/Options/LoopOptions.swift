import UNet1DSampling

/// Which denoising loops to measure: settings, checked.
struct LoopOptions {
    /// Steps of a loop.
    let steps: Int
    /// What takes them.
    let scheduler: Scheduler

    /// Reads the scheduler that settings name, or that of the model's folder. Nil where no steps are requested. Blocks on the
    /// disk.
    ///
    /// - Throws: `BenchError.option`, and `BenchError.sampling` for a scheduler that cannot be read.
    init?(_ settings: Settings, model: ModelSource) throws(BenchError) {
        guard let steps = settings.steps else {
            if let scheduler = settings.scheduler {
                throw .option(
                    name: "scheduler", found: scheduler,
                    expected: "a number of --steps, too: it is for denoising loops")
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
        do throws(SamplingError) {
            scheduler =
                if let name, name.hasSuffix(".json") {
                    try Scheduler(of: name)
                } else {
                    try Scheduler(of: model.path, as: name ?? (model.path == nil ? Self.defaultScheduler : nil))
                }
        } catch { throw .sampling(error) }
    }

    /// Dance Diffusion's.
    private static let defaultScheduler = "IPNDMScheduler"
}
