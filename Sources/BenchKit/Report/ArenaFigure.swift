/// The arena: stages to the right, offsets upwards, and a rectangle for each buffer. Its colour is the family of the
/// operation that writes it first.
struct ArenaFigure {
    let plot: Plot
    /// Families that occur.
    let families: Set<OperationFamily>
    private let plan: PlanSummary

    /// What the drawing shows.
    static let caption = """
        All activations share one block of memory, the arena. Each rectangle is a buffer: its height and place are its \
        bytes, from left to right it covers the stages during which it is needed, and its colour is the operation that \
        writes it.
        """

    /// How to see details.
    static let hint = "Point at a buffer, or use Tab and the arrow keys."

    private static let height = 320.0

    /// The arena of a plan.
    init?(_ report: PlanReport, hint: String? = Self.hint) {
        self.init(report.plan, operations: report.operations, buffers: report.buffers, hint: hint)
    }

    /// Nil where there are no buffers.
    ///
    /// - Parameter hint: how to see details; nil: buffers have titles alone.
    init?(
        _ plan: PlanSummary, operations: [OperationSummary], buffers: [PlanReport.Buffer], hint: String? = Self.hint
    ) {
        guard buffers.contains(where: { $0.bytes > 0 }) else { return nil }
        self.plan = plan
        let writers = Self.writers(operations)
        let (bytes, stages) = (Double(max(1, plan.arenaBytes)), Double(max(1, plan.stages)))
        let drawn = buffers.enumerated().filter { $0.element.bytes > 0 }
        var plot = Plot(
            id: "arena-map", title: "Arena, offset by stage",
            summary: """
                \(Figures.counted(drawn.count, "buffer")) share \(Figures.bytes(plan.arenaBytes)) over \
                \(Figures.counted(plan.stages, "stage")); at most \(Figures.bytes(plan.arenaLowerBoundBytes)) are in \
                use at once.
                """, height: Self.height, margins: Plot.Margins(top: 24, right: 16, bottom: 44, left: 76),
            hint: hint, detailLines: 3)
        let quarters = (0...4).map { quarter in
            Plot.Tick(share: Double(quarter) / 4, text: Figures.bytes(plan.arenaBytes / 4 * quarter))
        }
        plot.leftAxis(quarters, name: "offset")
        let last = max(1, plan.stages - 1)
        let scale = Scale(0...Double(last), count: 4)
        plot.bottomAxis(
            scale.ticks.map { Plot.Tick(share: ($0 + 0.5) / stages, text: Figures.fixed($0, 0)) }, name: "stage")
        var families: Set<OperationFamily> = []
        for (index, buffer) in drawn {
            let writer = writers[index]
            let family = writer.map { OperationFamily(kind: $0.kind) } ?? .norm
            families.insert(family)
            let edges = (Double(buffer.offset) / bytes, Double(buffer.offset + buffer.bytes) / bytes)
            plot.part(
                Plot.rectangle(
                    Double(buffer.firstStage) / stages...Double(buffer.lastStage + 1) / stages,
                    Self.height * (1 - edges.1)...Self.height * (1 - edges.0), family.rawValue),
                details: [
                    (writer?.names ?? "statistics").ending(44),
                    writer?.kind ?? "statistics",
                    "\(Figures.bytes(buffer.bytes)) at \(Figures.bytes(buffer.offset)), \(Self.stages(buffer))",
                ])
        }
        self.plot = plot
        self.families = families
    }

    private static func stages(_ buffer: PlanReport.Buffer) -> String {
        buffer.firstStage == buffer.lastStage
            ? "stage \(buffer.firstStage)" : "stages \(buffer.firstStage)–\(buffer.lastStage)"
    }

    /// What writes a buffer: the kind of the first, the names of all.
    private static func writers(_ operations: [OperationSummary]) -> [Int: (kind: String, names: String)] {
        var writers: [Int: (kind: String, names: String)] = [:]
        for row in operations {
            guard let buffer = row.buffer else { continue }
            if let known = writers[buffer] {
                writers[buffer] = (known.kind, known.names + ", " + row.name)
            } else {
                writers[buffer] = (row.kind, row.name)
            }
        }
        return writers
    }
}

extension ArenaFigure {
    private static let lineHeight = 18.0

    /// The drawing of a plan's arena alone, in a file of its own.
    static func svg(_ report: PlanReport) -> String {
        let plan = report.plan
        let width = max(320.0, min(1600.0, 4.0 * Double(plan.stages)))
        let subject = report.workload.profile ?? report.workload.model ?? "plan"
        let captions = [
            "\(subject) \(plan.id), \(plan.isa), \(plan.accuracy)",
            "arena \(plan.arenaBytes) bytes, live at most \(plan.arenaLowerBoundBytes)",
        ]
        guard let figure = ArenaFigure(report, hint: nil) else {
            let empty = Plot(id: "arena-map", title: "Arena", summary: "There are no buffers.", height: 0)
            return empty.document(width: width, captions: captions, below: [], belowHeight: 0)
        }
        let legend = figure.legend(width: width + figure.plot.margins.left)
        return figure.plot.document(
            width: width, captions: captions, below: legend.parts, belowHeight: lineHeight * Double(legend.lines))
    }

    /// The colour of each family, on as many lines as they need.
    private func legend(width: Double) -> (parts: [Markup], lines: Int) {
        var parts: [Markup] = []
        var (x, lines) = (0.0, 1)
        for family in OperationFamily.allCases where families.contains(family) {
            let needed = 40 + 7 * Double(family.name.count)
            if x > 0, x + needed > width {
                x = 0
                lines += 1
            }
            let y = Self.lineHeight * Double(lines - 1)
            parts.append(
                Markup(
                    "rect",
                    [
                        "x": SVG.number(x), "y": SVG.number(y), "width": "12", "height": "12",
                        "class": family.rawValue,
                    ]))
            parts.append(Markup("text", ["x": SVG.number(x + 18), "y": SVG.number(y + 10)]) { family.name })
            x += needed
        }
        return (parts, lines)
    }
}
