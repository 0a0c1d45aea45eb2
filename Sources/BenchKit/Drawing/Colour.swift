/// The colours of pages and drawings, on light and on dark paper.
///
/// Text has at least 4.5 times the paper's luminance or the reverse (WCAG 2.2, 1.4.3), shapes 3 times (1.4.11).
/// Families of operations differ by 23 in CIELAB for every kind of colour blindness (Machado et al., 2009).
enum Colour: String, CaseIterable {
    case paper
    /// Behind tiles.
    case card
    /// Text.
    case ink
    /// Text that is less important.
    case soft
    /// Lines of grids and tables.
    case rule
    /// What was measured.
    case accent
    /// What it is compared with: the machine's own noise, or a baseline.
    case other
    /// A limit.
    case limit
    /// The edge of a notice.
    case notice
    case convolution
    case attention
    case linear
    case norm
    case resampling
    case copying

    /// The colour on light and on dark paper.
    private var values: (light: String, dark: String) {
        switch self {
        case .paper: ("#ffffff", "#15181c")
        case .card: ("#f3f5f8", "#1f242a")
        case .ink: ("#1c2128", "#e8ebee")
        case .soft: ("#545d68", "#a9b2bc")
        case .rule: ("#d5dbe1", "#3a424b")
        case .accent: ("#1f5fbf", "#6aa8f2")
        case .other: ("#b45309", "#f0a04b")
        case .limit: ("#1c2128", "#ffffff")
        case .notice: ("#b45309", "#f0a04b")
        case .convolution: ("#1f4fe0", "#4a6cf5")
        case .attention: ("#8a2f0c", "#d8443a")
        case .linear: ("#c95bd8", "#96689f")
        case .norm: ("#1a9a5c", "#5be79a")
        case .resampling: ("#8f9612", "#f0a830")
        case .copying: ("#4a4c55", "#d6d8e0")
        }
    }

    /// The colour on light paper.
    var light: String { values.light }
    /// The colour on dark paper.
    var dark: String { values.dark }
    /// The style sheet's variable that holds it.
    var variable: String { "var(--\(rawValue))" }

    /// Variables for light or dark paper.
    static func variables(_ value: (Colour) -> String) -> String {
        allCases.map { "--\($0.rawValue):\(value($0))" }.joined(separator: ";")
    }

    /// Rules for the parts of plots.
    static func plotRules(_ value: (Colour) -> String) -> String {
        """
        text{fill:\(value(.soft));font-size:12px}
        .strong{fill:\(value(.ink));font-size:13px}
        .grid{stroke:\(value(.rule))}
        .axis{stroke:\(value(.soft))}
        .accent{fill:\(value(.accent))}
        .other{fill:\(value(.other))}
        .curve{fill:none;stroke-width:2}
        .curve.accent{fill:none;stroke:\(value(.accent))}
        .curve.other{fill:none;stroke:\(value(.other));stroke-dasharray:5 4}
        .limit{stroke:\(value(.limit));stroke-width:2}
        .part rect{stroke:\(value(.paper));stroke-width:0.5}

        """ + OperationFamily.allCases.map { ".\($0.rawValue){fill:\(value($0.colour))}\n" }.joined()
    }

    /// Rules for the parts of plots that have several curves.
    static var seriesRules: String {
        series.enumerated().map { index, colour in
            ".series\(index){fill:\(colour.variable)}\n.curve.series\(index){fill:none}\n"
                + ".curve.series\(index),.whisker.series\(index){stroke:\(colour.variable)}\n"
        }.joined()
    }

    /// The colours of curves that stand side by side.
    static let series: [Colour] = OperationFamily.allCases.map(\.colour)
}
