import Checkpoint

/// The lengths of a sample that a network runs at, shortest first.
package struct RunningLengths: Sendable, Equatable {
    /// The first of them; empty where none runs.
    package let first: [Int]
    /// The distance from each to the next, where it is the same throughout; nil where it is not, or where there is one.
    package let step: Int?

    /// The lengths of a batch of one; nil where the network halves lengths so often that they are not searched.
    ///
    /// - Complexity: as `LengthRule.nearestLengths`, for each of the first.
    package init?(_ network: Network, count: Int) {
        let rule = LengthRule(network: network, batch: 1, timesteps: 1)
        var first: [Int] = []
        while first.count < count {
            guard let near = rule.nearestLengths(to: (first.last ?? 0) + 1) else { return nil }
            guard let next = near.first(where: { $0 > first.last ?? 0 }) else { break }
            first.append(next)
        }
        self.first = first
        let steps = Set(zip(first, first.dropFirst()).map { $1 - $0 })
        step = steps.count == 1 ? steps.first : nil
    }

    /// The length nearest to `length` at which a network runs, the shorter of two; nil where none runs, or where the network
    /// halves lengths so often that others are not searched.
    ///
    /// - Complexity: as `LengthRule.nearestLengths`.
    package static func nearest(to length: Int, _ network: Network, batch: Int, timesteps: Int) -> Int? {
        let rule = LengthRule(network: network, batch: batch, timesteps: timesteps)
        if rule.outputLength(of: length) != nil { return length }
        return rule.nearestLengths(to: length)?.min { abs($0 - length) < abs($1 - length) }
    }

    /// Whether a network runs at a length, for a batch of one.
    package static func runs(_ network: Network, at length: Int) -> Bool {
        length > 0 && LengthRule(network: network, batch: 1, timesteps: 1).outputLength(of: length) != nil
    }
}

extension RunningLengths: CustomStringConvertible {
    /// The rule in words.
    package var description: String {
        guard let shortest = first.first else { return "none" }
        guard first.count > 1 else { return "\(shortest) alone" }
        let list = first.map(String.init).joined(separator: ", ") + ", …"
        guard let step else { return list }
        if step == 1 { return "all from \(shortest) on" }
        return (shortest % step == 0 ? "multiples of \(step)" : "every \(step)") + " from \(shortest) on: " + list
    }
}
