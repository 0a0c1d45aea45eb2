import UNet1D

extension Sweep {
    /// Rounds in which each run has its turn.
    public static let usualRounds = 10
    /// Rounds where each turn prepares the run again.
    static let roundsWithoutSessions = 3
    /// Threads of all workers that may wait at once: Dispatch has 255 for the whole process.
    /// Source: libdispatch, DISPATCH_WORKQ_MAX_PTHREAD_COUNT.
    private static let mostThreads = 200

    /// Measures a row for each combination, in rounds: in each every run measures a slice, in turn, and every second round
    /// goes backwards. A combination that cannot run does not end the sweep. Ctrl-C ends it after the forward at hand.
    ///
    /// - Parameters:
    ///   - model: the checkpoint that a flag names, in place of the profiles' models.
    ///   - state: where slices are kept, so that a sweep that was ended goes on; nil: nowhere.
    /// - Throws: where no combination runs, what the first one throws; `BenchError.option` for combinations that cannot
    ///   alternate; what reading and writing the state throws.
    public static func measuring(
        _ combinations: Combinations, model: String?, library: ProfileLibrary, state: String?, progress: Progress
    ) throws(BenchError) -> Sweep {
        for point in combinations.points {
            if let turns = point.settings.turns {
                throw .option(name: "turns", found: "\(turns)", expected: "a single row, whose turns are with programs")
            }
        }
        let file = try state.map { path throws(BenchError) in
            try SweepState(path, combinations: combinations, model: model)
        }
        let rows = combinations.points.enumerated().map { index, point in
            SweepRow(point, model: model, library: library, slices: file?.slices(ofRow: index) ?? [])
        }
        let keeps = keepsSessions(rows.compactMap(\.needs))
        let rounds = keeps ? usualRounds : roundsWithoutSessions
        let pools = SweepPools(keeps: keeps)
        let clock = TimeLeft(shares: rows.map { $0.isOver ? 1 : $0.share })
        var backwards = false
        while rows.contains(where: { !$0.isOver }), !Interruption.isPending {
            for index in backwards ? Array(rows.indices.reversed()) : Array(rows.indices) where !rows[index].isOver {
                if Interruption.isPending { break }
                progress.head(
                    "\(clock.text(shares: rows.map { $0.isOver ? 1 : $0.share }))row \(index + 1)/\(rows.count), ")
                let slice = rows[index].measure(slices: rounds, pools: pools, keepsSession: keeps, progress: progress)
                if let slice { try file?.append(slice, row: index) }
            }
            backwards.toggle()
        }
        progress.head("")
        progress.clear()
        return try Sweep(
            combinations.parameters, rows, rounds: rounds,
            notes: keeps
                ? [] : ["the models were prepared again for each of \(rounds) rounds: they do not fit side by side"])
    }

    /// Whether all sessions may stay while others run: their memory fits in half of what is free, their threads are few,
    /// and no workers spin while others work.
    private static func keepsSessions(_ needs: [SweepRow.Needs]) -> Bool {
        let kinds = Set(needs.map(\.workers))
        let threads = kinds.reduce(0) { $0 + $1.threads }
        let spins = kinds.contains { $0.spinMicroseconds == nil }
        let bytes = needs.reduce(0) { $0 + $1.bytes }
        return threads <= mostThreads && (kinds.count == 1 || !spins)
            && bytes <= (AvailableMemory.bytes() ?? .max) / 2
    }

    private init(
        _ parameters: [String], _ rows: [SweepRow], rounds: Int, notes: [String]
    ) throws(BenchError) {
        let reports = rows.compactMap { $0.endEarly() }
        if reports.isEmpty, let failure = rows.lazy.compactMap(\.failure).first { throw failure }
        self.init(
            parameters: parameters, runs: reports,
            failures: rows.compactMap { row in
                if let failure = row.failure { return Failure(values: row.point.values, reason: "\(failure)") }
                guard row.report == nil else { return nil }
                let kept =
                    row.forwards == 0
                    ? "\(Interruption.name) ended the sweep before its first forward"
                    : "\(Interruption.name) ended the sweep before its turn came again: "
                        + "\(Figures.counted(row.forwards, "forward")) of it are kept for --resume"
                return Failure(values: row.point.values, reason: kept)
            },
            rounds: rounds, isInterrupted: Interruption.isPending, notes: notes)
    }
}

/// How long a sweep will take, by what it took so far.
private struct TimeLeft {
    private let start = Clock.now
    /// What was measured before it began.
    private let first: Double

    init(shares: [Double]) { first = Self.mean(shares) }

    private static func mean(_ shares: [Double]) -> Double { shares.reduce(0, +) / Double(max(1, shares.count)) }

    /// `37 %, 1 min 20 s left, `; nothing at the beginning.
    func text(shares: [Double]) -> String {
        let done = Self.mean(shares)
        guard done > first else { return "" }
        let seconds = Int(Clock.milliseconds(since: start) / 1000 * (1 - done) / (done - first))
        let left = seconds < 60 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
        return "\(Int(100 * done)) %, \(left) left, "
    }
}
