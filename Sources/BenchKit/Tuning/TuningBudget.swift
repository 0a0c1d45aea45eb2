/// How much time and which sizes `Tuning` spends on what. Tests take a tiny one.
struct TuningBudget: Sendable {
    /// Nanoseconds of one probe of a peak or of a bandwidth.
    var probeNanoseconds: UInt64 = 300_000_000
    /// Shares of the last-level cache at which it is tried whether weights stay there, ascending.
    var cacheShares = [0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0, 1.25]
    /// Widths of the convolutions at which both algorithms are timed.
    var crossoverWidths = [32, 64, 128, 256, 512]
    /// Their lengths. Below 3 the direct form has fewer products and fewer weights, so there is nothing to choose.
    var crossoverLengths = [3, 4, 5, 6, 8, 9, 12, 16, 24, 32, 48, 64]
    /// Passes over each, and the nanoseconds after which three are enough.
    var crossoverPasses = 21
    var crossoverNanoseconds: UInt64 = 400_000_000
    /// Workloads on which tiles are tried.
    var tileWorkloads = TileWorkload.all
    /// What is tried for each size.
    var tileCandidates = TileCandidates.all
    /// Rounds over all candidates of a size, and the nanoseconds for a workload after which three are enough.
    var tileRounds = 21
    var tileNanoseconds: UInt64 = 1_000_000_000
    /// How much better than the built-in value another must be, as a factor.
    var worthwhile = 1.02
}
