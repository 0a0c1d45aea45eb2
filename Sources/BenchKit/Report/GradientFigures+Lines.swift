extension GradientFigures {
    /// What outputs with gradients took, and the memory that they need.
    var lines: [String] {
        [
            "output and gradient in \(Figures.milliseconds(latency.p50)) ms, the median of "
                + "\(Figures.count(Double(latency.count))): \(Figures.fixed(overForward, 2)) times a forward",
            "weights \(Figures.bytes(weightBytes)), arena \(Figures.bytes(arenaBytes)) (lower bound "
                + "\(Figures.bytes(arenaLowerBoundBytes))), \(Figures.bytes(keptBytes)) of it kept for the gradient, "
                + "\(Figures.bytes(recomputedBytes)) computed again",
        ]
    }
}
