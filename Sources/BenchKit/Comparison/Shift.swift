import Glibc

/// A difference between two runs, and the interval that holds it with `BlockBootstrap.confidence`.
public struct Interval: Sendable, Equatable {
    /// The Hodges–Lehmann estimate.
    public var estimate: Double
    /// The interval's lower end.
    public var lower: Double
    /// Its upper end.
    public var upper: Double
}

extension Interval: ReportRecord {
    /// The estimate and both ends; an end that is infinite, as nothing is known, is null.
    public static var fields: [Field<Interval>] {
        func end(_ value: Double) -> Double? { value.isFinite ? value : nil }
        return [Field("estimate", \.estimate), Field("lower") { end($0.lower) }, Field("upper") { end($0.upper) }]
    }
}

/// How the times of two runs are set against each other.
struct Shift {
    /// What is resampled, in one list of differences, or in a list for each run.
    private enum Values {
        case differences([Double])
        case separate(base: [Double], other: [Double])
    }

    /// Launches of each that were compared; the fewer, where one has more.
    let launches: Int
    /// Whether what differs between launches is among what is resampled.
    let resamplesLaunches: Bool
    /// How far differences of launches spread, or launches of one run; nil for a few.
    let launchSpread: Double?
    private let logarithms: Values
    private let milliseconds: Values

    /// Launches from which on their own spread says how much launches differ.
    static let fewestLaunches = 5

    /// - Parameter turns: samples of a turn where the runs alternated, so that launches, and turns of these, are pairs;
    ///   nil where they were measured apart.
    init(_ base: ComparedRun, _ other: ComparedRun, turns: Int?) {
        launches = min(base.launches.count, other.launches.count)
        let resamplesLaunches = launches >= Self.fewestLaunches
        self.resamplesLaunches = resamplesLaunches
        // A value for each launch, or for each block that tells nothing of its neighbours.
        func values(_ launch: [Double]) -> [Double] {
            resamplesLaunches ? [Self.center(launch)] : Blocks.independentMedians(launch)
        }
        if let turns {
            let pairs = zip(base.launches, other.launches).map { Self.pairs($0.samples, $1.samples, turns: turns) }
            let shifts = pairs.map { $0.map { log($0.other / $0.base) } }
            let differences = pairs.map { $0.map { $0.other - $0.base } }
            logarithms = .differences(shifts.flatMap(values))
            milliseconds = .differences(differences.flatMap(values))
            launchSpread = resamplesLaunches ? Blocks.variance(shifts.map(Self.center)).squareRoot() : nil
        } else {
            let values = [base, other].map { run in
                run.launches.flatMap { launch in
                    let medians = Blocks.independentMedians(launch.samples)
                    return resamplesLaunches ? [Self.center(medians)] : medians
                }
            }
            milliseconds = .separate(base: values[0], other: values[1])
            logarithms = .separate(base: values[0].map { log($0) }, other: values[1].map { log($0) })
            launchSpread =
                resamplesLaunches
                ? values.map { Blocks.variance($0.map { log($0) }) }.reduce(0, +).squareRoot() : nil
        }
    }

    /// The interval of the logarithm of the ratio, and that of the difference in milliseconds.
    func intervals(_ bootstrap: BlockBootstrap) -> (logarithm: Interval, milliseconds: Interval) {
        (Self.interval(logarithms, bootstrap), Self.interval(milliseconds, bootstrap))
    }

    private static func interval(_ values: Values, _ bootstrap: BlockBootstrap) -> Interval {
        let found =
            switch values {
            case .differences(let differences): bootstrap.interval(of: HodgesLehmann(averagesOf: differences))
            case .separate(let base, let other): bootstrap.interval(of: HodgesLehmann(differencesOf: other, from: base))
            }
        return Interval(estimate: found.estimate, lower: found.lower, upper: found.upper)
    }

    /// Where the values of a launch lie.
    private static func center(_ values: [Double]) -> Double { HodgesLehmann(averagesOf: values).estimate }

    /// The medians of turns that followed each other, or, of many turns, of as many as make the greatest number of
    /// blocks.
    private static func pairs(_ base: [Double], _ other: [Double], turns: Int) -> [(base: Double, other: Double)] {
        let rounds = max(1, min(base.count, other.count) / turns)
        let count = min(rounds, 2 * Blocks.most)
        func medians(_ samples: [Double]) -> [Double] {
            (0..<count).map { block in
                let last = min(samples.count, (block + 1) * rounds / count * turns)
                return Array(samples[(block * rounds / count * turns)..<last]).median
            }
        }
        return zip(medians(base), medians(other)).map { ($0, $1) }
    }
}
