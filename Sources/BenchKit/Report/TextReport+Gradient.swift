extension TextReport {
    /// What outputs with gradients took, and the memory that they need; nothing where none were measured.
    func gradient(_ gradient: GradientFigures?) -> String {
        guard let gradient else { return "" }
        return """
            gradient    output and gradient in \(Figures.milliseconds(gradient.latency.p50)) ms, the median of \
            \(Figures.count(Double(gradient.latency.count))): \(Figures.fixed(gradient.overForward, 2)) times a forward
                        weights \(Figures.bytes(gradient.weightBytes)), arena \(Figures.bytes(gradient.arenaBytes)) \
            (lower bound \(Figures.bytes(gradient.arenaLowerBoundBytes))), \(Figures.bytes(gradient.keptBytes)) of it kept for \
            the gradient, \(Figures.bytes(gradient.recomputedBytes)) computed again

            """
    }
}
