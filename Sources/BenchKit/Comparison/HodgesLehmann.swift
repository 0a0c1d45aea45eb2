/// The Hodges–Lehmann estimate of a shift: the median of all differences between two lists, or of all averages of two
/// values of one list. A few wild values hardly move it, and it is nearly as sharp as the mean where there are none.
///
/// Differences or averages are sorted once. An estimate for a resampled list weighs them by how often each value was
/// drawn, which takes one pass.
///
/// Source: Hodges, Lehmann 1963, Estimates of location based on rank tests.
struct HodgesLehmann {
    /// Values in each list; one list has averages, two have differences.
    let counts: [Int]
    private let pairs: [Pair]

    private struct Pair {
        let value: Double
        let first: Int
        let second: Int
    }

    /// How far the values lie from zero.
    ///
    /// - Complexity: O(n² log n). Allocates.
    init(averagesOf values: [Double]) {
        counts = [values.count]
        pairs = values.indices.flatMap { first in
            (first..<values.count).map { second in
                Pair(value: (values[first] + values[second]) / 2, first: first, second: second)
            }
        }.sorted { $0.value < $1.value }
    }

    /// How far the values lie from those of another list.
    ///
    /// - Complexity: O(mn log mn). Allocates.
    init(differencesOf values: [Double], from base: [Double]) {
        counts = [base.count, values.count]
        pairs = base.indices.flatMap { first in
            values.indices.map { second in
                Pair(value: values[second] - base[first], first: first, second: second)
            }
        }.sorted { $0.value < $1.value }
    }

    /// The shift of the lists as they are.
    var estimate: Double { estimate(drawn: counts.map { [Int](repeating: 1, count: $0) }) }

    /// The shift of resampled lists.
    ///
    /// - Parameter drawn: for each list, how often each of its values was drawn.
    func estimate(drawn: [[Int]]) -> Double {
        let (isOneList, first, second) = (drawn.count == 1, drawn[0], drawn[drawn.count - 1])
        let (firsts, seconds) = (first.reduce(0, +), second.reduce(0, +))
        let total = isOneList ? firsts * (firsts + 1) / 2 : firsts * seconds
        var passed = 0
        var lower: Double?
        for pair in pairs {
            // How many pairs of drawn values are this one: a value is paired with itself as often as it was drawn, and with
            // each of its copies.
            let count = first[pair.first]
            if count == 0 { continue }
            let isItself = isOneList && pair.first == pair.second
            let weight = isItself ? count * (count + 1) / 2 : count * second[pair.second]
            if weight == 0 { continue }
            // Half of the weight ended with the pair before: the median lies midway.
            if let lower { return (lower + pair.value) / 2 }
            passed += weight
            if 2 * passed > total { return pair.value }
            if 2 * passed == total { lower = pair.value }
        }
        return lower ?? .nan
    }
}
