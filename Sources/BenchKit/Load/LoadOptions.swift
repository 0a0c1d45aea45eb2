/// Which load to measure: settings, checked.
struct LoadOptions {
    /// When queries arrive.
    let kind: LoadKind
    /// Queries a second; nil where their arrival depends on the server, or the rate is searched for.
    let rate: Double?
    /// The percentile that a search keeps under the deadline; nil: none is requested.
    let percentile: Double?
    /// Queries that were requested; nil: it depends.
    let queries: Int?

    /// Nil where no load is requested.
    ///
    /// - Throws: `BenchError.option`.
    init?(_ settings: Settings) throws(BenchError) {
        guard settings.load != nil || settings.findRate != nil else {
            if let rate = settings.rate {
                throw .option(
                    name: "rate", found: Figures.short(rate),
                    expected: "--load poisson beside it: the rate is that of arrivals")
            }
            return nil
        }
        let name = settings.load ?? LoadKind.poisson.rawValue
        guard let kind = LoadKind(rawValue: name) else {
            throw .option(
                name: "load", found: name, expected: LoadKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        for (name, found) in [
            ("period", settings.period.map { "\($0)" }), ("turns", settings.turns.map { "\($0)" }),
            ("cold", settings.cold == true ? "it" : nil),
        ] {
            if let found {
                throw .option(name: name, found: found, expected: "no --load beside it, which says when forwards start")
            }
        }
        self.kind = kind
        queries = settings.iterations
        rate = settings.rate
        percentile = settings.findRate
        if let rate {
            guard kind == .poisson, settings.findRate == nil else {
                throw .option(
                    name: "rate", found: "\(rate)", expected: "--load poisson beside it, and no --find-rate")
            }
            guard rate > 0, rate <= 1e9 else {
                throw .option(name: "rate", found: "\(rate)", expected: "queries a second, above 0, at most 1e9")
            }
        } else if kind == .poisson, settings.findRate == nil {
            throw .option(
                name: "load", found: name,
                expected: "how many queries a second arrive: --rate 100 beside it, or --find-rate 99")
        }
        if let percentile { try Self.check(percentile, kind: kind, settings) }
    }

    private static func check(_ percentile: Double, kind: LoadKind, _ settings: Settings) throws(BenchError) {
        guard kind == .poisson else {
            throw .option(name: "find-rate", found: "\(percentile)", expected: "--load poisson, or no --load")
        }
        guard percentile >= 50, percentile <= 99.99 else {
            throw .option(name: "find-rate", found: "\(percentile)", expected: "a percentile from 50 to 99.99")
        }
        guard settings.deadline != nil else {
            throw .option(
                name: "find-rate", found: "\(percentile)",
                expected: "--deadline beside it: milliseconds from arrival on")
        }
        let fewest = RateSearch.fewestQueries(percentile: percentile)
        if let queries = settings.iterations, queries < fewest {
            throw .option(
                name: "iterations", found: "\(queries)",
                expected: "\(fewest) or more with --find-rate: fewer queries do not tell that percentile")
        }
    }
}
