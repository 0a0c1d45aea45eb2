/// Times as bars, each with a mark at the least that it could be.
struct BarFigure {
    /// A bar.
    struct Bar {
        let name: String
        let family: OperationFamily
        let milliseconds: Double
        /// In milliseconds; nil: not known.
        let bound: Double?
    }

    let id: String
    let title: String
    let bars: [Bar]

    private static let rowHeight = 38.0
    /// Letters of a name that fit on a phone.
    private static let nameLength = 50
    /// The share of the width that the longest bar takes; the rest is for its time.
    private static let longestBar = 0.68

    /// The drawing.
    ///
    /// - Parameter showsFamilies: whether a legend says what the colours mean.
    func markup(caption: String, showsFamilies: Bool) -> Markup {
        let longest = bars.map { max($0.milliseconds, $0.bound ?? 0) }.max() ?? 1
        let unit = TimeUnit(longest)
        let summary =
            bars.prefix(6).map { bar in
                "\(bar.name) \(unit.text(bar.milliseconds))"
                    + (bar.bound.map { ", bound \(unit.text($0))" } ?? "")
            }.joined(separator: "; ") + (bars.count > 6 ? "; and \(bars.count - 6) more." : ".")
        var plot = Plot(
            id: id, title: title, summary: summary, height: Self.rowHeight * Double(bars.count),
            margins: Plot.Margins(top: 4, right: 0, bottom: 4, left: 0))
        for (row, bar) in bars.enumerated() {
            let top = Self.rowHeight * Double(row)
            var value = unit.text(bar.milliseconds)
            if let bound = bar.bound { value += ", \(Self.reached(bound, bar.milliseconds))" }
            plot.label(bar.name.ending(Self.nameLength), 0, top + 12)
            plot.label(value, 1, top + 28, anchor: "end", style: "strong")
            let share = max(0.002, Self.longestBar * bar.milliseconds / longest)
            plot.add(Plot.rectangle(0...share, top + 18...top + 29, bar.family.rawValue))
            if let bound = bar.bound {
                let mark = Self.longestBar * bound / longest
                plot.add(Plot.line((mark, top + 16), (mark, top + 31), "limit"))
            }
        }
        return Page.figure(plot, caption: caption, legend: showsFamilies ? Page.legend(Set(bars.map(\.family))) : nil)
    }

    /// The bound as a share of the time.
    static func reached(_ bound: Double, _ time: Double) -> String {
        Figures.fixed(100 * bound / max(1e-9, time), 0) + " %"
    }
}

extension String {
    /// The text, or its end after an ellipsis where it is longer than `length`.
    func ending(_ length: Int) -> String { count <= length ? self : "…" + suffix(length - 1) }
}
