/// The arena as SVG: stages to the right, offsets upwards, and a rectangle for each buffer. Its colour is the kind of
/// the operation that writes it first. Pointing at a rectangle shows the names of its operations.
enum ArenaDrawing {
    private static let left = 96.0
    private static let top = 56.0
    private static let height = 480.0
    private static let lineHeight = 16.0
    private static let colours = [
        "gather": "#7f7f7f", "embedding": "#c7c7c7", "convolution": "#1f77b4", "winograd-convolution": "#17becf",
        "fourier-convolution": "#1a55a3",
        "transposed-convolution": "#aec7e8", "linear": "#9467bd", "statistics": "#bcbd22", "merge": "#bcbd22",
        "combine": "#2ca02c", "downsample": "#ff7f0e", "upsample": "#ffbb78", "transpose-keys": "#e377c2",
        "attention": "#d62728", "flatten": "#8c564b",
    ]

    /// The drawing of a plan's arena.
    static func svg(_ report: PlanReport) -> String {
        let plan = report.plan
        let width = max(320.0, min(1600.0, 4.0 * Double(plan.stages)))
        let writers = writers(report)
        let legend = legend(kinds(report, writers), width: width)
        func x(_ stage: Int) -> Double { left + width * Double(stage) / Double(max(1, plan.stages)) }
        func y(_ offset: Int) -> Double { top + height * (1 - Double(offset) / Double(max(1, plan.arenaBytes))) }
        let subject = report.workload.profile ?? report.workload.model ?? "plan"
        let title = "\(subject) \(plan.id), \(plan.isa), \(plan.accuracy)"
        let sizes = "arena \(plan.arenaBytes) bytes, live at most \(plan.arenaLowerBoundBytes)"
        var text = SVG.label(title, left, 20) + SVG.label(sizes, left, 38)
        for quarter in 0...4 {
            let offset = plan.arenaBytes / 4 * quarter
            text += SVG.line((left - 4, y(offset)), (left + width, y(offset)), "#e0e0e0")
            text += SVG.label(Figures.bytes(offset), left - 8, y(offset) + 4, anchor: "end")
        }
        for (index, buffer) in report.buffers.enumerated() where buffer.bytes > 0 {
            let writer = writers[index]
            let edge = y(buffer.offset + buffer.bytes)
            text += """
                <rect x="\(SVG.number(x(buffer.firstStage)))" y="\(SVG.number(edge))" \
                width="\(SVG.number(x(buffer.lastStage + 1) - x(buffer.firstStage)))" \
                height="\(SVG.number(y(buffer.offset) - edge))" fill="\(colour(writer?.kind))" stroke="white" \
                stroke-width="0.2"><title>\(SVG.escaped(writer?.names ?? "statistics")): \(buffer.bytes) bytes at \
                \(buffer.offset), stages \(buffer.firstStage) to \(buffer.lastStage)</title></rect>

                """
        }
        return SVG.document(
            width: left + width + 24, height: top + height + 48 + lineHeight * Double(legend.lines), fontSize: 12,
            text + axis(report, x) + legend.text)
    }

    /// What writes a buffer: the kind of the first, the names of all.
    private static func writers(_ report: PlanReport) -> [Int: (kind: String, names: String)] {
        var writers: [Int: (kind: String, names: String)] = [:]
        for row in report.operations {
            guard let buffer = row.buffer else { continue }
            if let known = writers[buffer] {
                writers[buffer] = (known.kind, known.names + ", " + row.name)
            } else {
                writers[buffer] = (row.kind, row.name)
            }
        }
        return writers
    }

    /// A tick where each block begins.
    private static func axis(_ report: PlanReport, _ x: (Int) -> Double) -> String {
        let base = top + height
        var text = SVG.line((left, base), (x(report.plan.stages), base), "black")
        text += SVG.label("stages 0 to \(max(0, report.plan.stages - 1)), a tick where a block begins", left, base + 34)
        var last = ""
        for row in report.operations {
            let block = row.name.split(separator: ".").prefix(2).joined(separator: ".")
            if block == last { continue }
            last = block
            text += SVG.line((x(row.stage), base), (x(row.stage), base + 8), "black", title: block)
        }
        return text
    }

    /// The kinds that occur, in the order in which they first do.
    private static func kinds(_ report: PlanReport, _ writers: [Int: (kind: String, names: String)]) -> [String] {
        var kinds: [String] = []
        for row in report.operations {
            guard let buffer = row.buffer, let kind = writers[buffer]?.kind, !kinds.contains(kind) else { continue }
            kinds.append(kind)
        }
        return kinds
    }

    /// The colour of each kind, on as many lines as they need.
    private static func legend(_ kinds: [String], width: Double) -> (text: String, lines: Int) {
        var text = ""
        var lines = 1
        var x = left
        for kind in kinds {
            let needed = 34 + 7 * Double(kind.count)
            if x > left, x + needed > left + width + 24 {
                x = left
                lines += 1
            }
            let y = top + height + 46 + lineHeight * Double(lines - 1)
            text += """
                <rect x="\(SVG.number(x))" y="\(SVG.number(y))" width="10" height="10" fill="\(colour(kind))"/>

                """
            text += SVG.label(kind, x + 14, y + 9)
            x += needed
        }
        return (text, lines)
    }

    /// The colour of a kind of operation; nil: of statistics.
    private static func colour(_ kind: String?) -> String { colours[kind ?? "statistics"] ?? "#bcbd22" }
}
