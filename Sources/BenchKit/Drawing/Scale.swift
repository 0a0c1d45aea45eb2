import Glibc

/// Round numbers along an axis.
struct Scale {
    /// What the axis begins and ends with.
    let range: ClosedRange<Double>
    /// The numbers that are shown.
    let ticks: [Double]
    private let decimals: Int

    /// An axis with about `count` numbers on it.
    ///
    /// - Parameter isWidened: whether the axis ends at the next round numbers, not at the range's own ends.
    init(_ range: ClosedRange<Double>, count: Int, isWidened: Bool = false) {
        let width = max(range.upperBound - range.lowerBound, 1e-12)
        let rough = width / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = power * ([1, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10)
        let (first, last) =
            isWidened
            ? (floor(range.lowerBound / step), ceil(range.upperBound / step))
            : (ceil(range.lowerBound / step - 1e-9), floor(range.upperBound / step + 1e-9))
        ticks = (0...max(0, Int(last - first))).map { (first + Double($0)) * step }
        self.range = isWidened ? first * step...max(last, first + 1) * step : range
        decimals = max(0, Int(-floor(log10(step))))
    }

    /// A tick's text.
    func text(_ tick: Double) -> String { Figures.fixed(tick, decimals) }

    /// Where a value lies between the ends, 0 to 1.
    func share(_ value: Double) -> Double { (value - range.lowerBound) / (range.upperBound - range.lowerBound) }
}
