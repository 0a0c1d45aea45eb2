extension LoopFigures {
    /// What loops took, and how much of it is not the model.
    var lines: [String] {
        var speed = "\(Figures.short(stepsPerSecond)) steps/s"
        if let seconds = signalSecondsPerSecond { speed += ", \(Figures.short(seconds)) s of audio a second" }
        let short = shortLevels.map {
            ", one forward of \(wholeForwardEvery) whole, others of \(Figures.counted($0, "level"))"
        }
        return [
            "\(Figures.counted(steps, "step")) of \(scheduler)\(short ?? "") in "
                + "\(Figures.milliseconds(latency.p50)) ms, the median of \(Figures.counted(latency.count, "loop")): \(speed)",
            "\(Figures.fixed(overForwards, 4)) times its forwards: "
                + "\(Figures.fixed(100 * shareOutsideModel, 2)) % is not the model",
        ]
    }
}
