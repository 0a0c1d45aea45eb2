/// A step of a loop as a line of JSON: its index, its timestep, and statistics of the sample after it and of the estimate of
/// the clean sample.
struct StepLine {
    let index: Int
    let timestep: Double
    let sample: SignalStatistics
    let estimate: SignalStatistics

    /// The line, its end included.
    var text: String {
        """
        {"index":\(index),"timestep":\(timestep),"sample":\(sample.json),"estimate":\(estimate.json)}

        """
    }
}

/// What a glance at many numbers tells.
struct SignalStatistics {
    let minimum: Double
    let maximum: Double
    let mean: Double
    /// The deviation of the numbers themselves, not an estimate for what they were drawn from.
    let standardDeviation: Double

    /// - Precondition: there is a number.
    init(_ values: Span<Float>) {
        var (low, high, sum) = (Float.infinity, -Float.infinity, 0.0)
        for i in values.indices {
            // `min` would pass over a NaN; the sum does not.
            low = min(low, values[i])
            high = max(high, values[i])
            sum += Double(values[i])
        }
        let mean = sum / Double(values.count)
        var squares = 0.0
        for i in values.indices { squares += (Double(values[i]) - mean) * (Double(values[i]) - mean) }
        self.mean = mean
        (minimum, maximum) = mean.isNaN ? (.nan, .nan) : (Double(low), Double(high))
        standardDeviation = (squares / Double(values.count)).squareRoot()
    }

    /// A number that JSON lacks is null.
    fileprivate var json: String {
        func text(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
        return """
            {"min":\(text(minimum)),"max":\(text(maximum)),"mean":\(text(mean)),"std":\(text(standardDeviation))}
            """
    }
}
