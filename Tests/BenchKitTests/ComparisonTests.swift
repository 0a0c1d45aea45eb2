@testable import BenchKit
import Testing

/// The statistics of comparisons, and what they promise.
@Suite struct ComparisonTests {
    @Test func theEstimateIsTheMedianOfAveragesOrDifferences() {
        #expect(HodgesLehmann(averagesOf: [1, 2, 10]).estimate == 3.75)
        #expect(HodgesLehmann(differencesOf: [5, 7], from: [1, 2]).estimate == 4.5)
        #expect(HodgesLehmann(differencesOf: [5, 7, 100], from: [1, 2, 0]).estimate == 6)
        #expect(HodgesLehmann(averagesOf: [4]).estimate == 4)
    }

    /// Weighing pairs by how often values were drawn is the same as drawing them.
    @Test(arguments: [[0, 3, 0, 1], [1, 1, 1, 1], [4, 0, 0, 0], [2, 0, 1, 1]])
    func weightsStandForDraws(drawn: [Int]) {
        let (values, base) = ([3.0, 1, 4, 1.5], [9.0, 2, 6, 5])
        func list(_ values: [Double]) -> [Double] { zip(values, drawn).flatMap { [Double](repeating: $0, count: $1) } }
        #expect(
            HodgesLehmann(averagesOf: values).estimate(drawn: [drawn])
                == HodgesLehmann(averagesOf: list(values)).estimate)
        #expect(
            HodgesLehmann(differencesOf: values, from: base).estimate(drawn: [drawn, drawn])
                == HodgesLehmann(differencesOf: list(values), from: list(base)).estimate)
    }

    @Test(arguments: [(3.0, 5.841), (4, 4.604), (9, 3.250), (31, 2.744)])
    func quantilesOfStudent(degrees: Double, quantile: Double) {
        #expect(abs(BlockBootstrap.studentQuantile(degrees: degrees) / quantile - 1) < 0.01)
    }

    @Test func blocksGrowUntilNeighboursDiffer() {
        var random = SplitMix64(state: 1)
        let independent = (0..<640).map { _ in Double(random.number(below: 1000)) }
        #expect(Blocks.independentMedians(independent).count == Blocks.most)
        #expect(Blocks.independentMedians((0..<640).map(Double.init)).count == Blocks.least)
        #expect(Blocks.independentMedians([1, 2, 3, 4, 5]).count == 5)
    }

    /// Runs of one build are said to be the same, and 3 % are seen, although the level moves by more than that.
    @Test(arguments: [(1.0, Difference.Verdict.same, 95), (1.03, .slower, 90)])
    func alternatingRunsKeepThePromise(ratio: Double, verdict: Difference.Verdict, least: Int) {
        let right = (0..<100).count { seed in
            var machine = SyntheticMachine(seed: UInt64(1000 + seed))
            let runs = machine.alternating(launches: 10, rounds: 8, turns: 5, ratio: ratio)
            return Difference(runs.other, base: runs.base, turns: 5, bootstrap: BlockBootstrap(replicates: 200)).verdict
                == verdict
        }
        #expect(right >= least, "\(right) of 100")
    }

    /// Runs that were measured one after the other, on a machine that is quiet, show larger differences only.
    @Test(arguments: [(1.0, Difference.Verdict.same, 95), (1 / 1.06, .faster, 90)])
    func separateRunsKeepThePromise(ratio: Double, verdict: Difference.Verdict, least: Int) {
        let right = (0..<100).count { seed in
            var machine = SyntheticMachine(seed: UInt64(5000 + seed), isBusy: false)
            let base = machine.alone(forwards: 400, ratio: 1)
            let other = machine.alone(forwards: 400, ratio: ratio)
            return Difference(other, base: base, turns: nil, bootstrap: BlockBootstrap(replicates: 20)).verdict
                == verdict
        }
        #expect(right >= least, "\(right) of 100")
    }

    @Test func oneTurnTellsNothing() {
        let run = ComparedRun(name: "one", launches: [ComparedRun.Launch(samples: [1, 2, 3, 4, 5])])
        let difference = Difference(run, base: run, turns: 5, bootstrap: BlockBootstrap())
        #expect(difference.verdict == .unclear && difference.ratio.upper == .infinity)
    }

    /// Two runs that differ by less than they vary are not called the same; a page shows any ratio.
    @Test(arguments: [
        (1.0, 0.5, 12, Difference.Verdict.unclear), (30, 0.01, 400, .slower), (0.05, 0.01, 400, .faster),
        (1, 0.001, 400, .same),
    ])
    func verdictsAndPagesOfAnyRatio(ratio: Double, spread: Double, count: Int, verdict: Difference.Verdict) {
        func run(_ name: String, level: Double, seed: UInt64) -> ComparedRun {
            var random = SplitMix64(state: seed)
            let samples = (0..<count).map { _ in level * (1 + spread * Double(random.number(below: 1000)) / 1000) }
            return ComparedRun(name: name, launches: [.init(samples: samples)])
        }
        let comparison = Comparison(
            base: run("base", level: 1, seed: 1), others: [run("new", level: ratio, seed: 2)], turns: nil,
            slowerLimit: 5, bootstrap: BlockBootstrap(replicates: 50))
        #expect(comparison.others[0].difference?.verdict == verdict)
        #expect(comparison.html.contains(verdict.rawValue))
    }

    @Test func theSameTimesAlwaysGiveTheSameInterval() {
        var machine = SyntheticMachine(seed: 3)
        let runs = machine.alternating(launches: 6, rounds: 4, turns: 5, ratio: 1.1)
        let first = Difference(runs.other, base: runs.base, turns: 5, bootstrap: BlockBootstrap())
        let second = Difference(runs.other, base: runs.base, turns: 5, bootstrap: BlockBootstrap())
        #expect(first.ratio == second.ratio && first.shift == second.shift)
        #expect(first.ratio.lower < first.ratio.estimate && first.ratio.estimate < first.ratio.upper)
    }
}
