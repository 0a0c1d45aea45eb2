@testable import BenchKit
import Foundation

/// A made-up machine on which builds are measured: forwards that resemble their neighbours, outliers, steps of the clock
/// rate, slow drift, and launches of which each has a level of its own. The same seed gives the same times.
struct SyntheticMachine {
    private var random: SplitMix64
    private var clock = 0.0
    private var step = 0.0
    private var noise = 0.0

    /// Standard deviations of the logarithm of a time.
    private static let (launchSpread, noiseSpread) = (0.008, 0.015)
    /// The standard deviation of steps in the logarithm of a time, and the height of the slow wave.
    private let (stepSpread, drift): (Double, Double)

    /// - Parameter isBusy: the level moves by several percent, else by less than one.
    init(seed: UInt64, isBusy: Bool = true) {
        random = SplitMix64(state: seed)
        (stepSpread, drift) = isBusy ? (0.03, 0.05) : (0.003, 0.005)
    }

    /// Launches of two builds that take turns; a forward of the second takes `ratio` times as long.
    mutating func alternating(
        launches: Int, rounds: Int, turns: Int, ratio: Double
    ) -> (base: ComparedRun, other: ComparedRun) {
        var runs: [[ComparedRun.Launch]] = [[], []]
        for _ in 0..<launches {
            let levels = [normal() * Self.launchSpread, normal() * Self.launchSpread + log(ratio)]
            var samples: [[Double]] = [[], []]
            for round in 0..<rounds {
                for build in round % 2 == 0 ? [0, 1] : [1, 0] {
                    for _ in 0..<turns { samples[build].append(forward(level: levels[build])) }
                }
            }
            for build in 0..<2 { runs[build].append(ComparedRun.Launch(samples: samples[build])) }
        }
        return (ComparedRun(name: "base", launches: runs[0]), ComparedRun(name: "new", launches: runs[1]))
    }

    /// A launch that is measured alone.
    mutating func alone(forwards: Int, ratio: Double) -> ComparedRun {
        let level = normal() * Self.launchSpread + log(ratio)
        return ComparedRun(
            name: "alone", launches: [ComparedRun.Launch(samples: (0..<forwards).map { _ in forward(level: level) })])
    }

    /// Milliseconds of the next forward, which lasts 0.4 and takes place 0.4 later.
    private mutating func forward(level: Double) -> Double {
        clock += 0.4
        noise = 0.9 * noise + (1 - 0.81).squareRoot() * normal() * Self.noiseSpread
        if uniform() < 0.001 { step = normal() * stepSpread }
        let outlier = uniform() < 0.02 ? uniform() * 2 : 0
        return 0.4 * exp(level + noise + step + drift * sin(clock / 900) + outlier)
    }

    private mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    private mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
}
