import UNet1D

extension LoadFigures {
    /// Measures a load: as many queries or as long as the schedule has it for forwards, or trials until the greatest rate
    /// is found. Nil where none is requested.
    ///
    /// - Parameters:
    ///   - forwards: runs forwards of `session`.
    ///   - service: nanoseconds of a forward, the median.
    ///   - seed: that of the arrivals.
    static func measure(
        _ options: LoadOptions?, _ session: inout Session, _ forwards: inout TimedForwards, service: UInt64,
        seed: UInt64, schedule: Schedule, progress: Progress
    ) -> LoadFigures? {
        guard let options else { return nil }
        func run(_ loop: inout LoadLoop, _ limits: LoadLoop.Limits) {
            // After a pause, caches and clock rate are not those of a server at work.
            forwards.rewarm(&session)
            loop.run(
                limits, now: { Clock.now }, wait: { Clock.sleep(until: $0) },
                serve: { _ = forwards.forward(&session) })
        }
        if let percentile = options.percentile, let deadline = schedule.deadline {
            progress.say("searching for the greatest rate")
            let search = RateSearch(
                percentile: percentile, deadline: UInt64(deadline * 1e6),
                queries: options.queries ?? RateSearch.usualQueries(percentile: percentile), seed: seed)
            return search.find(service: service, run: run)
        }
        progress.say("serving queries")
        var loop = loop(options, service: service, seed: seed, schedule: schedule)
        // Twice the time is enough to see that a server does not keep up.
        let limit = schedule.durationNanoseconds.map { options.kind == .poisson ? 2 * $0 : $0 }
        run(&loop, LoadLoop.Limits(nanoseconds: limit ?? .max))
        return LoadFigures(options.kind, rate: options.rate, runs: [loop], deadline: schedule.deadline)
    }

    private static func loop(
        _ options: LoadOptions, service: UInt64, seed: UInt64, schedule: Schedule
    ) -> LoadLoop {
        let most = schedule.capacity(fastest: service)
        switch options.kind {
        case .singleStream: return LoadLoop(queries: most)
        case .saturation: return LoadLoop(arrivals: [UInt64](repeating: 0, count: most))
        case .poisson:
            let rate = options.rate ?? 1
            let expected = schedule.durationNanoseconds.map { Double($0) / 1e9 * rate } ?? .infinity
            let count = Double(schedule.iterations ?? Schedule.mostIterations)
            let queries = Int(min(count, max(Double(schedule.minimum), expected.rounded())))
            return LoadLoop(arrivals: Arrivals.poisson(count: queries, rate: rate, seed: seed))
        }
    }
}
