/// Where the time of a forward goes, beside the least that the machine allows.
struct OperationsSection {
    let report: Report

    private static let shown = 16

    /// Nil where operations were not timed.
    init?(_ report: Report) {
        guard report.operations.contains(where: { $0.milliseconds > 0 }) else { return nil }
        self.report = report
    }

    private var total: Double { report.operations.reduce(0) { $0 + $1.milliseconds } }

    var markup: Markup {
        let slowest = report.operations.sorted { $0.milliseconds > $1.milliseconds }
        return Page.section("Time by operation", id: "operations") {
            Markup("p") { lead }
            Markup("div", ["class": "pair"]) {
                byFamily.markup(caption: "All operations of a kind together.", showsFamilies: false)
                BarFigure(
                    id: "slowest", title: "Slowest operations",
                    bars: slowest.prefix(Self.shown).map { timed in
                        BarFigure.Bar(
                            name: timed.operation.name, family: OperationFamily(kind: timed.operation.kind),
                            milliseconds: timed.milliseconds, bound: timed.bound?.milliseconds)
                    }
                ).markup(
                    caption: "The \(min(Self.shown, slowest.count)) slowest of \(slowest.count), each run alone.",
                    showsFamilies: true)
            }
            Page.folded("All operations") { table(slowest) }
        }
    }

    private var lead: String {
        var text = "Each operation was also run alone, \(TimeUnit.text(total)) in all."
        guard let bounds = report.bounds, let bound = report.operationsBound, let ratio = report.forwardOverBound
        else { return text + " The machine was not probed, so nothing is known of the least that they could take." }
        text += " The mark on a bar is its bound: the least time that this machine allows, with \(bounds.sentence). "
        text += "The percentage says how near it is. "
        text += "All bounds together are \(TimeUnit.text(bound)); the median forward takes "
        return text + "\(Figures.short(ratio)) times as long."
    }

    private var byFamily: BarFigure {
        var sums: [OperationFamily: (time: Double, bound: Double, count: Int)] = [:]
        for timed in report.operations {
            let family = OperationFamily(kind: timed.operation.kind)
            let known = sums[family] ?? (0, 0, 0)
            sums[family] = (
                known.time + timed.milliseconds, known.bound + (timed.bound?.milliseconds ?? 0), known.count + 1
            )
        }
        let bars = sums.sorted { $0.value.time > $1.value.time }.map { family, sum in
            BarFigure.Bar(
                name: "\(family.name) (\(sum.count))", family: family, milliseconds: sum.time,
                bound: report.bounds == nil ? nil : sum.bound)
        }
        return BarFigure(id: "kinds", title: "By kind", bars: bars)
    }

    private func table(_ operations: [TimedOperation]) -> Markup {
        Page.table(
            "All operations",
            ["operation", "kind", "output", "share", "ms", "bound ms", "reached", "bound by", "GFLOP/s", "GB/s"],
            texts: [0, 1, 2, 7],
            rows: operations.map { timed in
                let (operation, bound) = (timed.operation, timed.bound)
                return [
                    operation.name, operation.kind + (operation.epilogueKind.map { " + " + $0 } ?? ""),
                    Figures.shape(operation.shape), Figures.fixed(100 * timed.milliseconds / total, 1) + " %",
                    Figures.milliseconds(timed.milliseconds),
                    bound.map { Figures.milliseconds($0.milliseconds) } ?? "–",
                    bound.map { BarFigure.reached($0.milliseconds, timed.milliseconds) } ?? "–",
                    bound?.limit.rawValue ?? "–", operation.multiplyAdds > 0 ? Figures.short(timed.gflops) : "–",
                    Figures.short(Double(operation.bytes) / max(1e-9, timed.milliseconds) / 1e6),
                ]
            })
    }
}
