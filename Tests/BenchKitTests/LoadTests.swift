@testable import BenchKit
import Foundation
import Testing

/// Queries on a simulated clock: what queueing theory says of them.
@Suite struct LoadTests {
    /// Serves queries that take known nanoseconds, on a clock of its own.
    private static func run(
        _ loop: inout LoadLoop, _ limits: LoadLoop.Limits = .init(), service: (Int) -> UInt64
    ) {
        var now: UInt64 = 1_000_000_007
        var query = 0
        loop.run(
            limits, now: { now }, wait: { now = $0 },
            serve: {
                now += service(query)
                query += 1
            })
    }

    /// W(n + 1) = max(0, W(n) + S(n) − A(n)). Source: Lindley, "The theory of queues with a single server", 1952.
    @Test func waitingIsLindleys() {
        let arrivals = Arrivals.poisson(count: 5000, rate: 900, seed: 3)
        var random = SplitMix64(state: 4)
        let services = arrivals.map { _ in UInt64.random(in: 500_000...1_500_000, using: &random) }
        var loop = LoadLoop(arrivals: arrivals)
        Self.run(&loop) { services[$0] }
        var waiting: UInt64 = 0
        for query in arrivals.indices {
            #expect(loop.waiting(query) == waiting)
            #expect(loop.service(query) == services[query])
            #expect(loop.latency(query) == waiting + services[query])
            guard query + 1 < arrivals.count else { break }
            let gap = arrivals[query + 1] - arrivals[query]
            waiting = waiting + services[query] > gap ? waiting + services[query] - gap : 0
        }
    }

    /// The mean waiting time of M/D/1 is ρ / (2 (1 − ρ)) services (Pollaczek and Khinchine).
    @Test(arguments: [0.3, 0.6, 0.8])
    func meanWaitingIsThatOfTheory(utilization: Double) {
        var loop = LoadLoop(arrivals: Arrivals.poisson(count: 200_000, rate: 1000 * utilization, seed: 11))
        Self.run(&loop) { _ in 1_000_000 }
        let figures = LoadFigures(.poisson, rate: 1000 * utilization, runs: [loop], deadline: 2)
        let theory = utilization / (2 * (1 - utilization))
        #expect(abs(figures.meanWaiting - theory) < 0.05 * theory, "\(figures.meanWaiting), theory \(theory)")
        #expect(abs(figures.busy - utilization) < 0.01)
        #expect(figures.isSustained == true && figures.unserved == 0)
        #expect(figures.service.min == 1 && figures.service.max == 1 && figures.latency.min == 1)
    }

    @Test func arrivalsArePoissonAndSeeded() {
        let arrivals = Arrivals.poisson(count: 100_000, rate: 2000, seed: 5)
        #expect(arrivals == Arrivals.poisson(count: 100_000, rate: 2000, seed: 5))
        #expect(arrivals != Arrivals.poisson(count: 100_000, rate: 2000, seed: 6))
        let gaps = Statistics(zip(arrivals.dropFirst(), arrivals).map { Double($0 - $1) })
        // Mean and deviation of an exponential time are the same.
        #expect(abs(gaps.mean - 500_000) < 5000 && abs((gaps.stddev ?? 0) - 500_000) < 10_000)
        #expect(zip(arrivals.dropFirst(), arrivals).allSatisfy { $0 >= $1 })
    }

    @Test func aSlowForwardDelaysThoseThatArriveMeanwhile() {
        var loop = LoadLoop(arrivals: (0..<10).map { UInt64($0) * 1000 })
        Self.run(&loop) { $0 == 2 ? 4500 : 500 }
        #expect((0..<10).map { loop.latency($0) } == [500, 500, 4500, 4000, 3500, 3000, 2500, 2000, 1500, 1000])
        #expect(loop.greatestQueue == 4)
    }

    @Test func aServerThatIsTooSlowDoesNotKeepUp() {
        var loop = LoadLoop(arrivals: Arrivals.poisson(count: 1000, rate: 1250, seed: 1))
        Self.run(&loop) { _ in 1_000_000 }
        #expect(LoadFigures(.poisson, rate: 1250, runs: [loop], deadline: nil).isSustained == false)
        var cut = LoadLoop(arrivals: Arrivals.poisson(count: 1000, rate: 1250, seed: 1))
        Self.run(&cut, .init(nanoseconds: 400_000_000)) { _ in 1_000_000 }
        let figures = LoadFigures(.poisson, rate: 1250, runs: [cut], deadline: nil)
        #expect(figures.unserved == 1000 - figures.queries && figures.unserved > 0)
        #expect(figures.isSustained == false)
    }

    @Test func saturationAndSingleStreamAreAlwaysBusy() {
        var all = LoadLoop(arrivals: [0, 0, 0, 0])
        Self.run(&all) { _ in 1_000_000 }
        let saturated = LoadFigures(.saturation, rate: nil, runs: [all], deadline: nil)
        #expect(saturated.greatestQueue == 3 && saturated.achievedRate == 1000 && saturated.latency.max == 4)
        var one = LoadLoop(queries: 4)
        Self.run(&one) { _ in 1_000_000 }
        let single = LoadFigures(.singleStream, rate: nil, runs: [one], deadline: 0.5)
        #expect(single.greatestQueue == 0 && single.latency.max == 1 && single.busy == 1)
        #expect(single.deadlineMisses == 4 && single.isSustained == nil)
    }

    /// The most of n that may be beyond: P(at most k of n) ≤ 0.05 where each is with the probability p.
    @Test(arguments: [(299, 0.01, 0), (298, 0.01, nil), (29, 0.1, 0), (2000, 0.01, 12), (20_000, 0.001, 12)])
    func boundsAreClopperAndPearsons(count: Int, share: Double, most: Int?) {
        #expect(RateSearch.mostBeyond(of: count, share: share) == most)
    }

    @Test func fewQueriesTellNothingOfARarePercentile() {
        #expect(RateSearch.fewestQueries(percentile: 99) == 299)
        #expect(RateSearch.fewestQueries(percentile: 90) == 29)
        #expect(RateSearch.usualQueries(percentile: 99) == 2000)
    }

    /// In M/D/1 nine in ten queries are served within three services up to 0.587 of the server's rate (Erlang).
    @Test func theGreatestRateIsFound() throws {
        let search = RateSearch(percentile: 90, deadline: 3_000_000, queries: 30_000, seed: 9)
        let found = search.find(service: 1_000_000) { loop, limits in Self.run(&loop, limits) { _ in 1_000_000 } }
        let figures = try #require(found)
        let result = try #require(figures.search)
        let rate = try #require(result.rate)
        #expect(rate > 555 && rate < 592, "\(rate)")
        #expect(result.exceededRate > rate && result.exceededRate - rate <= 10)
        #expect(figures.rate == rate && figures.latency.p90 <= 3 && figures.isSustained == true)
        #expect(result.trials.contains { $0.rate == rate && $0.isMet })
        #expect(result.trials.contains { $0.rate == result.exceededRate && !$0.isMet && $0.queries < 30_000 })
    }

    /// What the search was told of a service is less true than what its trials show.
    @Test func aServiceMayBeFasterThanItWas() throws {
        let search = RateSearch(percentile: 90, deadline: 900_000, queries: 2000, seed: 9)
        let found = search.find(service: 1_000_000) { loop, limits in Self.run(&loop, limits) { _ in 100_000 } }
        let result = try #require(found?.search)
        #expect(result.trials.count > 1 && result.rate.map { $0 > 980 } == true)
    }

    @Test func noRateIsFoundWhereAForwardTakesTooLong() throws {
        let search = RateSearch(percentile: 90, deadline: 900_000, queries: 200, seed: 9)
        let found = search.find(service: 1_000_000) { loop, limits in Self.run(&loop, limits) { _ in 1_000_000 } }
        let result = try #require(found?.search)
        #expect(result.rate == nil && result.trials.count == 1 && found?.deadlineMisses == found?.queries)
    }
}
