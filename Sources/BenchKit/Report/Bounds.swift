/// What operations cannot be faster than on a machine: products at the multiply-add peak, or compulsory bytes at the
/// bandwidth of where they come from, whichever takes longer. Transforms, activations and barriers count nothing.
///
/// A model's weights, and its arena, come from the last-level cache where they fit in it, and else from memory. Bytes
/// that an operation finds nearer than that let it beat its bound.
public struct Bounds: Sendable, Equatable {
    /// What decides a bound.
    public enum Limit: String, Sendable {
        /// Products at the peak.
        case multiplyAdds = "multiply-adds"
        /// Bytes at the bandwidth.
        case bytes
    }

    /// Where bytes come from.
    public enum Level: String, Sendable {
        /// The last-level cache.
        case cache
        /// Beyond the caches.
        case memory
    }

    /// The least time of an operation, in milliseconds, and what decides it.
    public struct Bound: Sendable, Equatable {
        /// Milliseconds.
        public let milliseconds: Double
        /// What takes that long.
        public let limit: Limit
    }

    /// Multiply-add peak of the workers with the machine's widest instruction set, 2 × multiply-adds in GFLOP/s.
    public let peakGflops: Double
    /// Where weights come from.
    public let weightsFrom: Level
    /// Where activations come from.
    public let activationsFrom: Level
    /// Bandwidth of the workers from the last-level cache, in GB/s.
    public let cacheGBs: Double
    /// Bandwidth of the workers from memory, in GB/s.
    public let memoryGBs: Double

    /// Bounds of a plan's operations; nil where the machine was not probed.
    ///
    /// - Parameters:
    ///   - weightBytes: of the whole model, packed.
    ///   - arenaBytes: of all activations.
    ///   - cacheBytes: of the last-level cache.
    init?(_ host: Host, weightBytes: Int, arenaBytes: Int, cacheBytes: Int) {
        guard let peak = host.peakGflops, let cache = host.cacheBandwidthGBs, let memory = host.bandwidthGBs,
            min(peak, cache, memory) > 0
        else { return nil }
        peakGflops = peak
        weightsFrom = weightBytes <= cacheBytes ? .cache : .memory
        activationsFrom = arenaBytes <= cacheBytes ? .cache : .memory
        cacheGBs = cache
        memoryGBs = memory
    }

    /// GB/s from a level.
    public func bandwidth(_ level: Level) -> Double { level == .cache ? cacheGBs : memoryGBs }

    /// The bound of an operation.
    func bound(products: Int, weightBytes: Int, activationBytes: Int) -> Bound {
        let multiplying = 2 * Double(products) / (peakGflops * 1e6)
        let reading =
            Double(weightBytes) / (bandwidth(weightsFrom) * 1e6)
            + Double(activationBytes) / (bandwidth(activationsFrom) * 1e6)
        return multiplying > reading
            ? Bound(milliseconds: multiplying, limit: .multiplyAdds) : Bound(milliseconds: reading, limit: .bytes)
    }
}

extension Bounds: ReportRecord {
    /// What the machine allows.
    public static var fields: [Field<Bounds>] {
        [
            Field("peak_gflops", .gflops, \.peakGflops), Field("weights_from", \.weightsFrom.rawValue),
            Field("weights_gbs", .gigabytesPerSecond) { $0.bandwidth($0.weightsFrom) },
            Field("activations_from", \.activationsFrom.rawValue),
            Field("activations_gbs", .gigabytesPerSecond) { $0.bandwidth($0.activationsFrom) },
        ]
    }
}

extension Bounds {
    /// What the machine was found to do, in words.
    var sentence: String {
        func place(_ level: Level) -> String {
            "\(level == .cache ? "the last-level cache" : "memory") at \(Figures.short(bandwidth(level))) GB/s"
        }
        return "products at \(Figures.short(peakGflops)) GFLOP/s, weights from \(place(weightsFrom)), "
            + "activations from \(place(activationsFrom))"
    }
}
