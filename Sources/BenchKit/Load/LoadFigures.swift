/// What a load of queries found. A query is a forward; the session serves one at a time.
public struct LoadFigures: Sendable, Equatable {
    /// When queries arrive.
    public var kind: LoadKind
    /// Queries a second that were to arrive; nil where their arrival depends on the server.
    public var rate: Double?
    /// Queries that were served.
    public var queries: Int
    /// Queries that were given up, as too many waited.
    public var unserved: Int
    /// Queries a second that were served.
    public var achievedRate: Double
    /// The share of the time in which a query was served.
    public var busy: Double
    /// Percentiles from the intended arrival to the end of the service, in milliseconds.
    public var latency: Statistics
    /// Percentiles of the service alone, in milliseconds.
    public var service: Statistics
    /// Milliseconds from the intended arrival to the begin of the service, the mean.
    public var meanWaiting: Double
    /// The most queries that waited while another one was served.
    public var greatestQueue: Int
    /// Whether the server kept up with the arrivals; nil where arrivals depend on it.
    public var isSustained: Bool?
    /// Queries that took longer than the deadline from their arrival on; nil: there is none.
    public var deadlineMisses: Int?
    /// The search for the greatest rate; nil if none was requested.
    public var search: RateSearch.Result?
}

extension LoadFigures: ReportRecord {
    /// Arrivals, times from arrival, and the queue.
    public static var fields: [Field<LoadFigures>] {
        [
            Field("kind", \.kind.rawValue), Field("rate", \.rate), Field("queries", \.queries),
            Field("unserved", \.unserved), Field("achieved_rate", \.achievedRate), Field("busy", \.busy),
            Field("latency_ms", .milliseconds, \.latency), Field("service_ms", .milliseconds, \.service),
            Field("mean_waiting_ms", .milliseconds, \.meanWaiting), Field("greatest_queue", \.greatestQueue),
            Field("sustained", \.isSustained), Field("deadline_misses", \.deadlineMisses), Field("search", \.search),
        ]
    }
}

extension LoadFigures {
    /// What runs of the same kind and rate found together.
    ///
    /// - Parameter deadline: milliseconds; nil: there is none.
    /// - Precondition: every run served a query.
    init(_ kind: LoadKind, rate: Double?, runs: [LoadLoop], deadline: Double?) {
        func all(_ time: (LoadLoop, Int) -> UInt64) -> [Double] {
            runs.flatMap { run in (0..<run.served).map { Double(time(run, $0)) / 1e6 } }
        }
        let latencies = all { $0.latency($1) }
        let service = all { $0.service($1) }
        let seconds = runs.reduce(0) { $0 + Double($1.elapsed) / 1e9 }
        self.kind = kind
        self.rate = rate
        queries = latencies.count
        // A saturated server ends when its time is over; nobody gave up.
        unserved = kind == .poisson ? runs.reduce(0) { $0 + $1.queries - $1.served } : 0
        achievedRate = Double(latencies.count) / seconds
        busy = service.reduce(0, +) / 1000 / seconds
        latency = Statistics(latencies)
        self.service = Statistics(service)
        meanWaiting = all { $0.waiting($1) }.reduce(0, +) / Double(latencies.count)
        greatestQueue = runs.map(\.greatestQueue).max() ?? 0
        deadlineMisses = deadline.map { limit in latencies.count { $0 > limit } }
        search = nil
        isSustained = rate.map { rate in
            runs.allSatisfy { $0.served == $0.queries && $0.keptUp } && rate * self.service.mean / 1000 < 1
        }
    }
}

extension LoadLoop {
    /// The time that a server may take to serve what is left after the last arrival, as a share of the whole time.
    private static let mostBacklog = 0.05

    /// Whether little was left to be served when the last query arrived: a twentieth of the time, or four services.
    fileprivate var keptUp: Bool {
        guard served > 0 else { return false }
        let backlog = elapsed - arrival(served - 1)
        let services = (0..<served).map { service($0) }.sorted()
        return Double(backlog) <= max(Self.mostBacklog * Double(elapsed), 4 * Double(services[served / 2]))
    }
}
