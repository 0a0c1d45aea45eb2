import Glibc

/// When queries arrive, as MLPerf's loadgen has its scenarios.
public enum LoadKind: String, CaseIterable, Sendable {
    /// The next query arrives when the one before it is served: loadgen's SingleStream.
    case singleStream = "single-stream"
    /// Queries arrive independently of one another and of the server, at a rate: loadgen's Server.
    case poisson
    /// All queries are there at the beginning: loadgen's Offline.
    case saturation
}

/// The arrivals of queries that are known before the first one is served.
enum Arrivals {
    /// Nanoseconds from the start on of `count` arrivals at a rate a second: the times between them are independent and
    /// exponential. The same for the same seed, but for the rate, by which they are scaled. Allocates.
    static func poisson(count: Int, rate: Double, seed: UInt64) -> [UInt64] {
        var random = SplitMix64(state: seed)
        var time = 0.0
        return (0..<count).map { _ in
            // 0 < u ≤ 1: the logarithm is finite.
            let u = Double((random.next() >> 11) + 1) * 0x1p-53
            time -= log(u) / rate * 1e9
            return UInt64(min(time, 0x1p62))
        }
    }
}
