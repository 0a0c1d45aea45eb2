import Glibc

/// The plain execution of rows on one batch element, in Double: the specification of the step, and the oracle of tests.
package struct ReferenceSteps {
    /// u, in the scale in which the model reads it.
    package private(set) var sample: [Double]
    /// h₁, h₂, h₃, as far as there are any.
    package private(set) var history: [[Double]] = []
    /// l.
    package private(set) var last: [Double]
    private let schedule: Schedule

    /// A run that starts with a sample.
    package init(_ schedule: Schedule, sample: [Double]) {
        self.schedule = schedule
        self.sample = sample
        last = [Double](repeating: 0, count: sample.count)
    }

    /// Forgets the history, as a jump does.
    package mutating func forget() { history = [] }

    /// Makes the next sample.
    ///
    /// - Parameters:
    ///   - output: what the model made of `sample`; twice as long where the row reads variances.
    ///   - noise: standard normal numbers, where the row draws any.
    package mutating func step(_ index: Int, output: [Double], noise: [Double]) {
        let row = schedule[index, kept: history.count]
        // A tensor without weight is not read: it may be missing, or without meaning.
        func values(_ weights: LinearCombination, _ estimate: [Double] = []) -> [Double] {
            var sum = [Double](repeating: 0, count: sample.count)
            func add(_ weight: Double, _ tensor: [Double]) {
                guard weight != 0 else { return }
                for i in sum.indices { sum[i] += weight * tensor[i] }
            }
            add(weights.sample, sample)
            add(weights.output, output)
            add(weights.estimate, estimate)
            add(weights.last, last)
            for (age, tensor) in history.enumerated() { add(weights.history[age], tensor) }
            return sum
        }
        let estimate = row.limit.applied(to: values(row.estimate))
        let kept = values(row.kept, estimate)
        let corrected = values(row.corrected, estimate)
        var next = values(row.next, estimate)
        for i in next.indices {
            switch row.noise {
            case .none: break
            case .scaled(let scale): next[i] += scale * noise[i]
            case .learned: next[i] += output[sample.count + i].squareRoot() * noise[i]
            case .learnedRange(let offset, let slope):
                next[i] += exp(offset + slope * output[sample.count + i]) * noise[i]
            }
        }
        history = Array(([kept] + history).prefix(schedule.historyLength))
        if schedule.keepsCorrected { last = corrected }
        sample = next
    }
}

extension SampleLimit {
    /// e of one batch element.
    func applied(to estimate: [Double]) -> [Double] {
        switch self {
        case .none: return estimate
        case .clip(let range): return estimate.map { min(max($0, -range), range) }
        case .dynamicThreshold(let ratio, let maximum):
            let sorted = estimate.map(abs).sorted()
            let position = ratio * Double(sorted.count - 1)
            let low = Int(position)
            let high = min(low + 1, sorted.count - 1)
            let quantile = sorted[low] + (position - Double(low)) * (sorted[high] - sorted[low])
            let bound = min(max(quantile, 1), maximum)
            return estimate.map { min(max($0, -bound), bound) / bound }
        }
    }
}
