import Glibc

/// What a comparison knows of noise: each part with what it adds to the interval of the ratio.
public struct ComparisonNoise: Sendable {
    /// How far the level moved during the base's run, as a share; 0.01 is one percent.
    public var baseDrift: Double
    /// How far it moved during the other run.
    public var otherDrift: Double
    /// The standard deviation of launches, as a share; nil where there are too few to tell.
    public var launchSpread: Double?
    /// What launches are taken to differ by, as a share, where there are too few to tell; nil where their own spread is
    /// in the interval.
    public var assumedLaunchDifference: Double?
    /// The probe's median beside the other run in units of that beside the base; nil where one had no probe.
    public var probeRatio: Double?
    /// CPUs that other programs kept busy during the base's run, and during the other; nil if unknown.
    public var otherCPUs: [Double?]
    /// CPUs that the hypervisor took away; nil if unknown.
    public var stolenCPUs: [Double?]
    /// The share of forwards during which a thread was switched out.
    public var switchedOutShares: [Double]

    /// How far two launches of one build may differ, 95 of 100 times: their pages lie elsewhere in the caches. Measured:
    /// a planner's value function, 60 pairs of launches that took turns differed by 1.2 % (standard deviation), by 0.7 % but
    /// for a few outliers.
    static let launchDifference = 0.02

    /// What the comparison adds to half of the interval of the logarithm of the ratio.
    let widening: Double

    init(_ base: ComparedRun, _ other: ComparedRun, shift: Shift, turns: Int?) {
        baseDrift = Self.drift(base)
        otherDrift = Self.drift(other)
        launchSpread = shift.launchSpread
        assumedLaunchDifference =
            shift.resamplesLaunches ? nil : Self.launchDifference / Double(shift.launches).squareRoot()
        let probes = [base, other].map { run in
            run.launches.compactMap(\.probe).count == run.launches.count ? run.launches.compactMap(\.probe).median : nil
        }
        if let (first, second) = probes[0].flatMap({ first in probes[1].map { (first, $0) } }), first > 0 {
            probeRatio = second / first
        } else {
            probeRatio = nil
        }
        otherCPUs = [base, other].map { Self.mean($0.launches.compactMap(\.otherCPUs)) }
        stolenCPUs = [base, other].map { Self.mean($0.launches.compactMap(\.stolenCPUs)) }
        switchedOutShares = [base, other].map { run in
            Double(run.launches.reduce(0) { $0 + $1.switchedOut }) / Double(run.samples.count)
        }
        // Turns put drift on both alike. Where a level moves steadily, runs that follow each other lie apart by 3.5 standard
        // deviations of what it is in parts of one.
        var squares = assumedLaunchDifference.map { $0 * $0 } ?? 0
        if turns == nil {
            if !shift.resamplesLaunches { squares += 12.25 * (baseDrift * baseDrift + otherDrift * otherDrift) }
            // What others and the hypervisor took of the cores may come and go between runs. It counts by its square: the
            // system moves others to cores that are free while there are any.
            let busy = [base, other].flatMap(\.launches).map(\.busyShare).max() ?? 0
            squares += log(1 + busy * busy) * log(1 + busy * busy)
            if let probeRatio, probeRatio > 0 { squares += log(probeRatio) * log(probeRatio) }
        }
        widening = squares.squareRoot()
    }

    /// An interval of the logarithm of the ratio, or, in units of `scale`, of a difference, with this noise in it.
    func widened(_ interval: Interval, scale: Double = 1) -> Interval {
        let (below, above) = (interval.estimate - interval.lower, interval.upper - interval.estimate)
        let more = widening * scale
        return Interval(
            estimate: interval.estimate, lower: interval.estimate - (below * below + more * more).squareRoot(),
            upper: interval.estimate + (above * above + more * more).squareRoot())
    }

    private static func drift(_ run: ComparedRun) -> Double { run.launches.map { Blocks.drift($0.samples) }.median }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}

extension ComparedRun.Launch {
    /// The share of its cores that it did not have to itself; 0 if unknown.
    fileprivate var busyShare: Double {
        guard let cores, cores > 0 else { return 0 }
        return max(0, (otherCPUs ?? 0) + (stolenCPUs ?? 0)) / cores
    }
}

extension ComparisonNoise: ReportRecord {
    /// Shares, ratios and CPUs; lists have the base's figure first.
    public static var fields: [Field<ComparisonNoise>] {
        [
            Field("drift") { [$0.baseDrift, $0.otherDrift] }, Field("launch_spread", \.launchSpread),
            Field("assumed_launch_difference", \.assumedLaunchDifference), Field("probe_ratio", \.probeRatio),
            Field("other_cpus", \.otherCPUs), Field("stolen_cpus", \.stolenCPUs),
            Field("switched_out_share", \.switchedOutShares),
        ]
    }
}
