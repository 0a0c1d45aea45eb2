import Glibc

/// Times along an axis: evenly, or by their ratio where the longest is several times the shortest.
struct TimeAxis {
    /// In milliseconds.
    let range: ClosedRange<Double>
    let unit: TimeUnit
    let isLogarithmic: Bool
    let ticks: [Plot.Tick]

    /// From this ratio on times are drawn by their ratio.
    private static let wide = 4.0

    /// An axis for times from the shortest to the longest, in milliseconds, with `count` numbers or so.
    init(_ times: ClosedRange<Double>, count: Int) {
        let low = max(times.lowerBound, 1e-6)
        let high = max(times.upperBound, low * 1.02)
        unit = TimeUnit((low + high) / 2)
        isLogarithmic = high / low >= Self.wide
        let factor = unit.perMillisecond
        if isLogarithmic {
            let range = low...high
            let steps = Self.roundNumbers(low * factor, high * factor, most: count)
            self.range = range
            ticks = steps.map { step in
                let share = log(step / factor / range.lowerBound) / log(range.upperBound / range.lowerBound)
                return Plot.Tick(share: share, text: Self.text(step))
            }
        } else {
            let scale = Scale(low * factor...high * factor, count: count)
            range = low...high
            ticks = scale.plotTicks
        }
    }

    /// Where a time lies, 0 to 1 between the ends.
    func share(_ time: Double) -> Double {
        isLogarithmic
            ? log(max(time, 1e-9) / range.lowerBound) / log(range.upperBound / range.lowerBound)
            : (time - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    /// The time at a share.
    func time(_ share: Double) -> Double {
        isLogarithmic
            ? range.lowerBound * pow(range.upperBound / range.lowerBound, share)
            : range.lowerBound + share * (range.upperBound - range.lowerBound)
    }

    /// 1, 2 and 5 times powers of ten; powers of ten alone where these are more than `most`.
    private static func roundNumbers(_ low: Double, _ high: Double, most: Int) -> [Double] {
        let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        func numbers(_ digits: [Double]) -> [Double] {
            powers.flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
                .filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
        }
        let all = [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]].map(numbers)
        return all.first { $0.count <= most } ?? all[3]
    }

    private static func text(_ value: Double) -> String {
        value >= 1 ? Figures.fixed(value, 0) : Figures.fixed(value, max(1, Int(-log10(value).rounded(.down))))
    }
}
