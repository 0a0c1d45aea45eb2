import Glibc

/// Runs of other builds or settings beside that of a base.
public struct Comparison: Sendable {
    /// The name and version of the JSON form.
    public static let schema = "unet1d-compare/1"

    /// What the others are compared with.
    public var base: ComparedSide
    /// The others, in the order given.
    public var others: [ComparedSide]
    /// Whether the runs took turns.
    public var interleaved: Bool
    /// Facts in which runs differ, the base's value first.
    public var differences: [(field: String, values: [String])]
    /// Percent by which a run may be slower; nil: no limit was set.
    public var slowerLimit: Double?

    /// Compares.
    ///
    /// - Parameters:
    ///   - turns: samples of a turn where the runs alternated launch by launch; nil where they were measured apart.
    ///   - force: compares different models, shapes, precisions and machines, too.
    /// - Throws: `BenchError.incomparable`.
    /// - Complexity: O(n log n) in samples, and a constant of about a million operations a run.
    public init(
        base: ComparedRun, others: [ComparedRun], turns: Int? = nil, slowerLimit: Double? = nil, force: Bool = false
    ) throws(BenchError) {
        if !force { for other in others { try Facts.check(base, other) } }
        self.init(base: base, others: others, turns: turns, slowerLimit: slowerLimit, bootstrap: BlockBootstrap())
    }

    init(
        base: ComparedRun, others: [ComparedRun], turns: Int?, slowerLimit: Double?, bootstrap: BlockBootstrap
    ) {
        self.base = ComparedSide(base)
        self.others = others.map { ComparedSide($0, base: base, turns: turns, bootstrap: bootstrap) }
        interleaved = turns != nil
        differences = Facts.differences([base] + others)
        self.slowerLimit = slowerLimit
    }

    /// Whether a run is slower than the limit allows, with confidence: the near end of its interval lies beyond it.
    public var failed: Bool {
        guard let slowerLimit else { return false }
        return others.contains { ($0.difference?.ratio.lower ?? 0) > 1 + slowerLimit / 100 }
    }
}

/// A run in a comparison.
public struct ComparedSide: Sendable {
    /// Its file, folder or program.
    public var name: String
    /// Launches that were measured.
    public var launches: Int
    /// Milliseconds of the forwards of all launches.
    public var latency: Statistics
    /// How it differs from the base; nil for the base.
    public var difference: Difference?

    init(_ run: ComparedRun) {
        name = run.name
        launches = run.launches.count
        latency = Statistics(run.samples)
        difference = nil
    }

    init(_ run: ComparedRun, base: ComparedRun, turns: Int?, bootstrap: BlockBootstrap) {
        self.init(run)
        difference = Difference(run, base: base, turns: turns, bootstrap: bootstrap)
    }
}

/// How a run differs from the base.
public struct Difference: Sendable {
    /// Times in units of the base's.
    public var ratio: Interval
    /// Milliseconds that a forward takes longer.
    public var shift: Interval
    /// What the interval allows to say.
    public var verdict: Verdict
    /// What is known of noise; it is in the intervals.
    public var noise: ComparisonNoise

    /// What may be said of a run.
    public enum Verdict: String, Sendable {
        /// It takes less time than the base.
        case faster
        /// It takes more time than the base.
        case slower
        /// No difference was shown, and one of `mostOfSame` percent would have been.
        case same
        /// The runs vary so much that neither was shown.
        case unclear
    }

    /// The percentage that is shown where runs are said to be the same.
    static let mostOfSame = 10.0

    init(_ run: ComparedRun, base: ComparedRun, turns: Int?, bootstrap: BlockBootstrap) {
        let shift = Shift(base, run, turns: turns)
        noise = ComparisonNoise(base, run, shift: shift, turns: turns)
        let intervals = shift.intervals(bootstrap)
        let logarithm = noise.widened(intervals.logarithm)
        ratio = Interval(
            estimate: exp(logarithm.estimate), lower: exp(logarithm.lower), upper: exp(logarithm.upper))
        self.shift = noise.widened(intervals.milliseconds, scale: base.samples.median)
        verdict =
            ratio.lower > 1
            ? .slower
            : ratio.upper < 1 ? .faster : Self.smallestVisiblePercent(ratio) <= Self.mostOfSame ? .same : .unclear
    }

    private static func smallestVisiblePercent(_ ratio: Interval) -> Double {
        100 * (max(ratio.upper / ratio.estimate, ratio.estimate / ratio.lower) - 1)
    }

    /// The percentage below which a difference is not shown: half of the interval of the ratio, the wider half.
    public var smallestVisiblePercent: Double { Self.smallestVisiblePercent(ratio) }
}
