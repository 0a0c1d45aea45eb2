/// A drawing that is as wide as its place while its text keeps its size: across in shares of the plot's width, down in
/// pixels.
struct Plot {
    /// A number on an axis.
    struct Tick {
        /// Where, 0 to 1.
        let share: Double
        let text: String
    }

    /// Pixels around the plot, for axes and marks.
    struct Margins {
        var top = 10.0
        var right = 20.0
        var bottom = 30.0
        var left = 52.0
    }

    /// Its name on the page.
    let id: String
    let title: String
    /// The main facts in words, for those who do not see them.
    let summary: String
    /// The plot alone, without margins.
    let height: Double
    var margins = Margins()
    /// What stands where details are shown while none are; nil: a drawing whose parts have titles alone.
    var hint: String?
    /// Lines of details that there is room for.
    var detailLines: Int

    private(set) var content: [Markup] = []
    /// Things with details.
    private(set) var parts = 0

    init(
        id: String, title: String, summary: String, height: Double, margins: Margins = Margins(),
        hint: String? = nil, detailLines: Int = 2
    ) {
        self.id = id
        self.title = title
        self.summary = summary
        self.height = height
        self.margins = margins
        self.hint = hint
        self.detailLines = detailLines
    }

    private static let lineHeight = 17.0
    private var detailsHeight: Double { Self.lineHeight * Double(detailLines) + 4 }

    /// A share of the width, 0 to 1.
    static func across(_ share: Double) -> String { SVG.number(100 * share) + "%" }

    mutating func add(_ markup: Markup) { content.append(markup) }

    /// Text; `anchor` is start, middle or end.
    mutating func label(_ text: String, _ share: Double, _ y: Double, anchor: String = "start", style: String? = nil) {
        add(Self.label(text, share, y, anchor: anchor, style: style))
    }

    static func label(
        _ text: String, _ share: Double, _ y: Double, anchor: String = "start", style: String? = nil, shift: Double = 0
    ) -> Markup {
        Markup(
            "text",
            [
                "x": across(share), "y": SVG.number(y), "dx": shift == 0 ? nil : SVG.number(shift),
                "text-anchor": anchor == "start" ? nil : anchor, "class": style,
            ]
        ) { text }
    }

    static func line(_ from: (Double, Double), _ to: (Double, Double), _ style: String) -> Markup {
        Markup(
            "line",
            [
                "x1": across(from.0), "y1": SVG.number(from.1), "x2": across(to.0), "y2": SVG.number(to.1),
                "class": style,
            ])
    }

    /// A rectangle from one share of the width to another.
    static func rectangle(_ across: ClosedRange<Double>, _ down: ClosedRange<Double>, _ style: String) -> Markup {
        Markup(
            "rect",
            [
                "x": Self.across(across.lowerBound), "y": SVG.number(down.lowerBound),
                "width": Self.across(across.upperBound - across.lowerBound),
                "height": SVG.number(down.upperBound - down.lowerBound), "class": style,
            ])
    }

    /// Grid lines with numbers below them.
    mutating func bottomAxis(_ ticks: [Tick], name: String) {
        for tick in ticks {
            add(Self.line((tick.share, 0), (tick.share, height), "grid"))
            label(tick.text, tick.share, height + 16, anchor: "middle")
        }
        add(Self.line((0, height), (1, height), "axis"))
        label(name, 1, height + 32, anchor: "end")
    }

    /// Grid lines with numbers to the left.
    mutating func leftAxis(_ ticks: [Tick], name: String) {
        for tick in ticks {
            let y = height * (1 - tick.share)
            add(Self.line((0, y), (1, y), "grid"))
            add(Self.label(tick.text, 0, y + 4, anchor: "end", shift: -8))
        }
        add(Self.label(name, 0, -12, shift: -margins.left))
    }

    /// A line from top to bottom with its name above, in one of several rows.
    mutating func mark(_ text: String, at share: Double, row: Int) {
        let y = -6 - 15 * Double(row)
        add(Self.line((share, y + 2), (share, height), "axis"))
        add(
            Self.label(
                text, share, y, anchor: share > 0.6 ? "end" : "start", style: "strong", shift: share > 0.6 ? -4 : 4))
    }

    /// A curve through points whose y is a share of the height from below.
    mutating func curve(_ points: [(x: Double, y: Double)], _ style: String) {
        let commands = points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\(SVG.number(1000 * point.x)) \(SVG.number(height * (1 - point.y)))"
        }
        add(
            Markup(
                "svg",
                [
                    "width": "100%", "height": SVG.number(height), "viewBox": "0 0 1000 \(SVG.number(height))",
                    "preserveAspectRatio": "none", "overflow": "visible",
                ]
            ) {
                Markup(
                    "path",
                    ["d": commands.joined(), "class": "curve \(style)", "vector-effect": "non-scaling-stroke"])
            })
    }

    mutating func point(_ x: Double, _ y: Double, _ style: String) {
        add(
            Markup(
                "circle",
                ["cx": Self.across(x), "cy": SVG.number(height * (1 - y)), "r": "4", "class": style]))
    }

    /// Something that has details: whoever points at it, or moves to it with the keyboard, sees them below the axis.
    mutating func part(_ shape: Markup, details: [String]) {
        let isFirst = parts == 0
        let lines = hint == nil ? [] : details.prefix(detailLines)
        add(
            Markup(
                "g",
                [
                    "class": "part", "tabindex": hint == nil ? nil : isFirst ? "0" : "-1",
                    "role": hint.map { _ in "img" },
                ]
            ) {
                Markup("title") { details.joined(separator: ", ") }
                shape
                if !lines.isEmpty {
                    Markup("g", ["class": "tip"]) {
                        for (row, line) in lines.enumerated() {
                            Self.label(line, 0, detailsY(row), style: "strong", shift: -margins.left)
                        }
                    }
                }
            })
        parts += 1
    }

    private func detailsY(_ row: Int) -> Double { height + margins.bottom + Self.lineHeight * Double(row) + 14 }

    private var outerHeight: Double { margins.top + height + margins.bottom + (hint == nil ? 0 : detailsHeight) }

    /// The drawing in a page.
    var markup: Markup {
        let bottom = outerHeight - margins.top - height
        let padding = [margins.top, margins.right, bottom, margins.left].map { SVG.number($0) + "px" }
        return Markup(
            "svg",
            [
                "class": hint == nil ? "plot" : "plot parts", "id": id, "role": hint == nil ? "img" : "group",
                "aria-labelledby": "\(id)-title", "aria-describedby": "\(id)-summary",
                "style": "height:\(SVG.number(outerHeight))px;padding:\(padding.joined(separator: " "))",
            ]
        ) {
            Markup("title", ["id": "\(id)-title"]) { title }
            Markup("desc", ["id": "\(id)-summary"]) { summary }
            content
            if let hint {
                Markup(
                    "text",
                    [
                        "x": "0", "y": SVG.number(detailsY(0)), "dx": SVG.number(-margins.left), "class": "hint",
                        "aria-hidden": "true",
                    ]
                ) { hint }
            }
        }
    }

    /// The drawing in a file of its own on white paper, with lines of text above it and `below`, which is `belowHeight`
    /// high, below it.
    func document(width: Double, captions: [String], below: [Markup], belowHeight: Double) -> String {
        let top = 20 * Double(captions.count) + 12 + margins.top
        let size = (x: margins.left + width + margins.right, y: top + height + margins.bottom + belowHeight)
        return Markup(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "width": SVG.number(size.x), "height": SVG.number(size.y),
                "viewBox": "0 0 \(SVG.number(size.x)) \(SVG.number(size.y))", "font-family": "sans-serif",
                "role": "img",
            ]
        ) {
            Markup("title") { title }
            Markup("desc") { summary }
            Markup("style") { Markup.raw(Colour.plotRules(\.light)) }
            Markup("rect", ["width": "100%", "height": "100%", "fill": Colour.paper.light])
            for (row, caption) in captions.enumerated() {
                Markup("text", ["x": "12", "y": SVG.number(20 * Double(row + 1)), "class": "strong"]) { caption }
            }
            Markup(
                "svg",
                [
                    "x": SVG.number(margins.left), "y": SVG.number(top), "width": SVG.number(width),
                    "height": SVG.number(height), "overflow": "visible",
                ]
            ) { content }
            Markup("g", ["transform": "translate(12 \(SVG.number(top + height + margins.bottom)))"]) { below }
        }.text
    }
}

extension Scale {
    /// The numbers of an axis.
    var plotTicks: [Plot.Tick] { ticks.map { Plot.Tick(share: share($0), text: text($0)) } }
}
