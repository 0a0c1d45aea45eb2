import Glibc

/// The search for the greatest Poisson rate at which a percentile of the latency stays under a deadline, by bisection.
///
/// A rate is met where the runs at it bound the share of queries beyond the deadline with 95 % confidence, and the server
/// keeps up. The bound is that of Clopper and Pearson. It takes queries for independent, which those that wait in one queue
/// are not quite; therefore each rate has runs of several seeds, the same for all rates.
public struct RateSearch: Sendable {
    /// What a percentile is of which queries.
    let percentile: Double
    /// Nanoseconds.
    let deadline: UInt64
    /// Queries of a trial, in all of its runs.
    let queries: Int
    /// The first run's.
    let seed: UInt64

    /// With which the share beyond the deadline is bounded.
    static let confidence = 0.95
    /// Runs of a trial.
    static let runs = 3
    /// The bisection ends where the rates that are met and not met differ by so much of the rate at which the server is
    /// always busy.
    static let resolution = 0.01

    /// A rate that was tried.
    public struct Trial: Sendable, Equatable {
        /// Queries a second.
        public var rate: Double
        /// Queries that were served; fewer than requested where it was clear early that the rate is not met.
        public var queries: Int
        /// Queries beyond the deadline.
        public var beyond: Int
        /// Milliseconds that the percentile was.
        public var latency: Double
        /// Whether the rate is met.
        public var isMet: Bool
    }

    /// What the search found.
    public struct Result: Sendable, Equatable {
        /// What the percentile is, such as 99.
        public var percentile: Double
        /// Milliseconds.
        public var deadline: Double
        /// The greatest rate that is met, in queries a second; nil: none that was tried.
        public var rate: Double?
        /// The least rate that is not met, in queries a second.
        public var exceededRate: Double
        /// Queries of a trial.
        public var queries: Int
        /// The rates that were tried, in order.
        public var trials: [Trial]
    }

    /// The share of queries that may be beyond the deadline.
    private var share: Double { 1 - percentile / 100 }

    /// Queries of a trial, by default: so many that twenty may be beyond the deadline.
    static func usualQueries(percentile: Double) -> Int { Int((20 / (1 - percentile / 100)).rounded(.up)) }

    /// The fewest queries that bound the share beyond the deadline.
    static func fewestQueries(percentile: Double) -> Int {
        Int((log(1 - confidence) / log1p(percentile / 100 - 1)).rounded(.up))
    }

    /// The most of `count` queries that may be beyond the deadline, so that the bound of their share is at most `share`; nil
    /// where these are too few queries.
    static func mostBeyond(of count: Int, share: Double) -> Int? {
        // P(at most k beyond) ≤ 1 − confidence, if each is beyond with the probability `share`.
        var logarithm = Double(count) * log1p(-share)
        var sum = 0.0
        for k in 0..<max(1, count) {
            sum += exp(logarithm)
            if sum > 1 - confidence { return k == 0 ? nil : k - 1 }
            logarithm += log(Double(count - k) / Double(k + 1)) + log(share) - log1p(-share)
        }
        return count
    }

    /// Tries rates.
    ///
    /// - Parameters:
    ///   - service: nanoseconds of a service, the usual ones.
    ///   - run: serves the queries of a loop.
    /// - Returns: what was found, and the figures at the greatest rate that is met, else at the last one that was tried.
    func find(
        service: UInt64, run: (inout LoadLoop, LoadLoop.Limits) -> Void
    ) -> LoadFigures? {
        let most = 1e9 / Double(max(1, service))
        var (met, exceeded) = (0.0, most)
        var trials: [Trial] = []
        var figures: LoadFigures?
        // Where a service alone takes longer than the deadline no lower rate helps.
        var isPossible = true
        while exceeded - met > Self.resolution * most, isPossible, !Interruption.isPending {
            let rate = (met + exceeded) / 2
            let found = measure(rate, run: run)
            // What Ctrl-C ended early tells nothing of its rate.
            if Interruption.isPending {
                figures = figures ?? found.figures
                break
            }
            let beyond = found.deadlineMisses ?? 0
            let allowed = Self.mostBeyond(of: found.queries, share: share)
            let isMet = found.isSustained == true && allowed.map { beyond <= $0 } == true
            trials.append(
                Trial(
                    rate: rate, queries: found.queries, beyond: beyond, latency: found.percentileLatency, isMet: isMet))
            if isMet { met = rate } else { exceeded = rate }
            isPossible = met > 0 || found.figures.service.p50 * 1e6 <= Double(deadline)
            if isMet || figures?.rate.map({ $0 > rate && met == 0 }) ?? true { figures = found.figures }
        }
        figures?.search = Result(
            percentile: percentile, deadline: Double(deadline) / 1e6, rate: met > 0 ? met : nil, exceededRate: exceeded,
            queries: queries, trials: trials)
        return figures
    }

    /// A trial's figures.
    private struct Found {
        var figures: LoadFigures
        var percentileLatency: Double
        var queries: Int { figures.queries }
        var deadlineMisses: Int? { figures.deadlineMisses }
        var isSustained: Bool? { figures.isSustained }
    }

    private func measure(_ rate: Double, run: (inout LoadLoop, LoadLoop.Limits) -> Void) -> Found {
        let allowed = Self.mostBeyond(of: queries, share: share) ?? 0
        var loops: [LoadLoop] = []
        var beyond = 0
        for number in 0..<Self.runs where beyond <= allowed && !(Interruption.isPending && !loops.isEmpty) {
            let count = (number + 1) * queries / Self.runs - number * queries / Self.runs
            var loop = LoadLoop(
                arrivals: Arrivals.poisson(count: max(1, count), rate: rate, seed: seed &+ UInt64(number)))
            run(&loop, LoadLoop.Limits(deadline: deadline, mostBeyond: allowed - beyond))
            beyond += (0..<loop.served).count { loop.latency($0) > deadline }
            loops.append(loop)
        }
        let latencies = loops.flatMap { loop in (0..<loop.served).map { Double(loop.latency($0)) / 1e6 } }.sorted()
        return Found(
            figures: LoadFigures(.poisson, rate: rate, runs: loops, deadline: Double(deadline) / 1e6),
            percentileLatency: Statistics.percentile(percentile, ofSorted: latencies))
    }
}

extension RateSearch.Result: ReportRecord {
    /// The rate, the rule and the trials.
    public static var fields: [Field<RateSearch.Result>] {
        [
            Field("percentile", \.percentile), Field("deadline_ms", .milliseconds, \.deadline), Field("rate", \.rate),
            Field("exceeded_rate", \.exceededRate), Field("confidence") { _ in RateSearch.confidence },
            Field("queries_per_trial", \.queries), Field("trials", \.trials),
        ]
    }
}

extension RateSearch.Trial: ReportRecord {
    /// The rate and what it did.
    public static var fields: [Field<RateSearch.Trial>] {
        [
            Field("rate", \.rate), Field("queries", \.queries), Field("beyond_deadline", \.beyond),
            Field("latency_ms", .milliseconds, \.latency), Field("met", \.isMet),
        ]
    }
}
