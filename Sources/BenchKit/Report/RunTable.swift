/// Runs as rows of a narrow table: columns for what differs between them and for their figures; what they share stands
/// above it.
struct RunTable {
    private let runs: [Report]

    init(_ runs: [Report]) { self.runs = runs }

    /// A sentence for what all runs share, the table, and what to make of it.
    var markdown: String {
        guard let first = runs.first else { return "" }
        let shared = Self.attributes.filter { attribute in Set(runs.map(attribute.text)).count == 1 }
        let different = Self.attributes.filter { attribute in Set(runs.map(attribute.text)).count > 1 }
        let unit = LatencyUnit(medians: runs.map(\.latency.p50))
        let percentiles = first.latency.chosen.map(\.percentile)
        let besides = BesidesColumns(runs.count > 1 ? runs : [])
        var table = Table(
            different.map { ($0.title, $0.isNumber ? .right : .left) }
                + percentiles.map { ("\($0.label) \(unit.name)", .right) }
                + [("forwards/s", .right), ("GFLOP/s", .right)] + besides.titles.map { ($0, .right) })
        for run in runs {
            let times = percentiles.map { percentile in
                run.latency.chosen.first { $0.percentile == percentile }?.value
            }
            table.add(
                different.map { $0.text(run) } + times.map { $0.map(unit.text) ?? "–" }
                    + [Figures.short(run.forwardsPerSecond), Figures.short(run.gflopsEffective)] + besides.cells(run))
        }
        let subject = shared.map { $0.sentence($0.text(first)) }.filter { !$0.isEmpty }.joined(separator: ", ")
        return subject + "\n\n" + table.markdown + warnings
    }

    /// What to make of a single run, and what makes the figures less trustworthy, each advice once.
    private var warnings: String {
        var known: Set<String> = []
        let warnings = runs.flatMap(\.warnings).filter { known.insert($0.advice).inserted }
        let fewest = runs.map(\.latency).min { $0.count < $1.count }
        let needed = fewest.flatMap { latency in
            latency.samplesNeeded.map { "\($0); \(runs.count == 1 ? "there are" : "a row has") \(latency.count)" }
        }
        let verdict = runs.count == 1 ? runs.map(\.verdict.sentence) : []
        let besides =
            runs.count == 1 ? runs.flatMap(\.besides).map { "\($0.name): " + $0.lines.joined(separator: "; ") } : []
        let lines = verdict + besides + warnings.map { "\($0.text); \($0.advice)" } + (needed.map { [$0] } ?? [])
        return lines.isEmpty ? "" : "\n" + lines.map { "- \($0)\n" }.joined()
    }

    /// What a run can differ in from another.
    private struct Attribute {
        let title: String
        var isNumber = false
        /// How a sentence has it: its text alone unless said otherwise.
        var sentence: @Sendable (String) -> String = { $0 }
        let text: @Sendable (Report) -> String
    }

    private static let attributes: [Attribute] = [
        Attribute(title: "model", sentence: { "**\($0)**" }) {
            $0.workload.profile ?? $0.workload.checkpoint ?? "random weights"
        },
        Attribute(title: "batch", isNumber: true, sentence: { "batch \($0)" }) { "\($0.plan.batch)" },
        Attribute(title: "length", isNumber: true, sentence: { "length \($0)" }) { "\($0.plan.length)" },
        Attribute(title: "workers", isNumber: true, sentence: { $0 == "1" ? "1 worker" : "\($0) workers" }) {
            "\($0.plan.threads)"
        },
        Attribute(title: "isa") { $0.plan.isa },
        Attribute(title: "precision") { $0.plan.precision },
        Attribute(title: "accuracy") { $0.plan.accuracy },
        Attribute(title: "numa", sentence: { $0 == "off" ? "" : "numa \($0)" }) { $0.placement.numa.rawValue },
        Attribute(title: "spin µs", isNumber: true, sentence: { "spin \($0)" + ($0 == "forever" ? "" : " µs") }) {
            $0.spinMicroseconds.map { "\($0)" } ?? "forever"
        },
        Attribute(title: "period ms", isNumber: true, sentence: { $0 == "–" ? "" : "a forward every \($0) ms" }) {
            $0.schedule.period.map(Figures.short) ?? "–"
        },
        Attribute(title: "load", sentence: { $0 == "–" ? "" : "load \($0)" }) { run in
            run.load.map { load in load.kind.rawValue + (load.rate.map { " at \(Figures.short($0))/s" } ?? "") } ?? "–"
        },
        Attribute(title: "caches", sentence: { $0 == "warm" ? "" : "caches \($0)" }) {
            $0.schedule.cold ? "cold" : "warm"
        },
        Attribute(title: "machine profile", sentence: { "machine profile \($0)" }) { $0.plan.machine },
        Attribute(title: "processor") { $0.host.cpu },
        Attribute(title: "version", sentence: { "unet1d \($0)" }) { $0.host.version },
    ]
}
