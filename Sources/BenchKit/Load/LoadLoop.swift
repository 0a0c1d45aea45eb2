/// Serves queries one after the other, in the order of their arrival, and notes when each began and ended.
///
/// Latency counts from the arrival that was intended, however late the server was by then: a slow forward delays those that
/// arrive meanwhile, and they tell so. All memory is allocated beforehand. The clock and the server are the caller's, so
/// that the loop runs on a simulated clock, too.
struct LoadLoop {
    /// Nanoseconds from the start on; nil: each query arrives when the one before it ends.
    let arrivals: [UInt64]?
    /// Queries that were served.
    private(set) var served = 0
    /// Nanoseconds from the start on at which services began.
    private var starts: [UInt64]
    /// Nanoseconds from the start on at which services ended.
    private var ends: [UInt64]

    /// So many queries, each of which arrives when the one before it ends.
    init(queries: Int) {
        arrivals = nil
        starts = [UInt64](repeating: 0, count: queries)
        ends = starts
    }

    /// Queries of known arrivals, in ascending order.
    init(arrivals: [UInt64]) {
        self.arrivals = arrivals
        starts = [UInt64](repeating: 0, count: arrivals.count)
        ends = starts
    }

    /// When a run ends before all queries are served.
    struct Limits {
        /// Nanoseconds after which no service begins.
        var nanoseconds = UInt64.max
        /// Nanoseconds that a query may take from its arrival on.
        var deadline = UInt64.max
        /// Queries that may take longer; one more ends the run.
        var mostBeyond = Int.max
    }

    /// Serves the queries until all are served or a limit is met; one at least. Allocates nothing.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of a clock that never goes back.
    ///   - wait: returns when the clock shows so many nanoseconds.
    ///   - serve: serves one query.
    mutating func run(
        _ limits: Limits = Limits(), now: () -> UInt64, wait: (UInt64) -> Void, serve: () -> Void
    ) {
        let origin = now()
        var beyond = 0
        while served < starts.count {
            var start = now() - origin
            if let arrivals, start < arrivals[served] {
                wait(origin + arrivals[served])
                start = now() - origin
            }
            starts[served] = start
            serve()
            ends[served] = now() - origin
            if latency(served) > limits.deadline { beyond += 1 }
            served += 1
            if ends[served - 1] >= limits.nanoseconds || beyond > limits.mostBeyond || Interruption.isPending { return }
        }
    }

    /// Nanoseconds from a query's arrival to its end.
    func latency(_ query: Int) -> UInt64 { ends[query] - arrival(query) }

    /// Nanoseconds that a query's service took.
    func service(_ query: Int) -> UInt64 { ends[query] - starts[query] }

    /// Nanoseconds from a query's arrival to the begin of its service.
    func waiting(_ query: Int) -> UInt64 { starts[query] - arrival(query) }

    /// Nanoseconds until a query arrives.
    func arrival(_ query: Int) -> UInt64 { arrivals.map { $0[query] } ?? starts[query] }

    /// Nanoseconds until the last service ended.
    var elapsed: UInt64 { served == 0 ? 0 : ends[served - 1] }

    /// Queries in all.
    var queries: Int { starts.count }

    /// The most queries that waited while another one was served.
    ///
    /// - Complexity: O(queries).
    var greatestQueue: Int {
        guard let arrivals else { return 0 }
        var (arrived, most) = (0, 0)
        for query in 0..<served {
            while arrived < arrivals.count, arrivals[arrived] < ends[query] { arrived += 1 }
            most = max(most, arrived - query - 1)
        }
        return most
    }
}
