import UNet1DSampling

/// The text of a scheduler_config.json: read as what it names and as each class, and prepared.
func fuzzScheduler(_ bytes: [UInt8]) {
    for name in [nil] + Scheduler.names {
        do {
            let scheduler = try Scheduler(json: bytes, file: "scheduler_config.json", as: name)
            check(scheduler.notes)
            let schedule = try scheduler.prepare(steps: 10)
            precondition(schedule.timesteps.allSatisfy(\.isFinite))
        } catch {
            check(error)
        }
    }
}
