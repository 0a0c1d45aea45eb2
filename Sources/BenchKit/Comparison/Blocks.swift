import Glibc

/// Blocks of consecutive samples.
enum Blocks {
    /// The most blocks of a run, and the least where it has enough samples.
    static let (most, least) = (32, 8)
    /// Above this correlation of neighbours, blocks are made longer.
    private static let greatestCorrelation = 0.3

    /// The median of each block, of blocks that are as equal as they can be.
    static func medians(_ samples: [Double], count: Int) -> [Double] {
        let count = min(count, samples.count)
        return (0..<count).map { block in
            Array(samples[(block * samples.count / count)..<((block + 1) * samples.count / count)]).median
        }
    }

    /// The medians of blocks that are long enough to tell nothing of one another, or of the least number of blocks.
    static func independentMedians(_ samples: [Double]) -> [Double] {
        var count = most
        while count > least {
            let medians = medians(samples, count: count)
            if correlation(ofNeighbours: medians) <= greatestCorrelation { return medians }
            count /= 2
        }
        return medians(samples, count: least)
    }

    /// How far the level moved during a run: the standard deviation of the logarithms of medians of long blocks, without
    /// what short blocks would let one expect of these if nothing but chance were at work.
    static func drift(_ samples: [Double]) -> Double {
        let long = variance(medians(samples, count: least).map { log($0) })
        let short = variance(medians(samples, count: most).map { log($0) })
        return max(0, long - short * Double(least) / Double(min(most, samples.count))).squareRoot()
    }

    /// Spearman's correlation of each value with the next: ranks, so that single wild values count little.
    static func correlation(ofNeighbours values: [Double]) -> Double {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        for (rank, index) in order.enumerated() { ranks[index] = Double(rank) - Double(values.count - 1) / 2 }
        let square = ranks.reduce(0) { $0 + $1 * $1 }
        return square > 0 ? zip(ranks, ranks.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / square : 0
    }

    /// The sample's variance; 0 of a single value.
    static func variance(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }
}
