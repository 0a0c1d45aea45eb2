/// Shows how far a measurement is, a few times a second, and keeps account of what that costs.
struct Ticker {
    /// What showing took.
    private(set) var use = SideWork()

    private let progress: Progress
    private let iterations: Int?
    private var last = Clock.now

    /// - Parameter iterations: the number of forwards to measure; nil where only time ends the measurement.
    init(progress: Progress, iterations: Int?) {
        self.progress = progress
        self.iterations = iterations
    }

    /// Shows the number of forwards that are done, if it is time for that.
    mutating func tick(_ done: Int) {
        guard progress.isShown, Clock.now - last > 200_000_000 else { return }
        let (progress, iterations) = (progress, iterations)
        use.count { progress.say("measuring \(done)" + (iterations.map { "/\($0)" } ?? "")) }
        last = Clock.now
    }
}
