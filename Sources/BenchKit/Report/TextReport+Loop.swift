extension TextReport {
    /// What loops took, and how much of it is not the model; nothing where none were measured.
    func loop(_ loop: LoopFigures?) -> String {
        guard let loop else { return "" }
        var speed = "\(Figures.short(loop.stepsPerSecond)) steps/s"
        if let seconds = loop.signalSecondsPerSecond { speed += ", \(Figures.short(seconds)) s of audio a second" }
        let short = loop.shortLevels.map {
            ", one forward of \(loop.wholeForwardEvery) whole, others of \(Figures.counted($0, "level"))"
        }
        return """
            loop        \(Figures.counted(loop.steps, "step")) of \(loop.scheduler)\(short ?? "") in \
            \(Figures.milliseconds(loop.latency.p50)) ms, the median of \(Figures.counted(loop.latency.count, "loop")): \(speed)
                        \(Figures.fixed(loop.overForwards, 4)) times its forwards: \
            \(Figures.fixed(100 * loop.shareOutsideModel, 2)) % is not the model

            """
    }
}
