/// Reports as pages for browsers: a file each that loads nothing from elsewhere.
public struct HTMLReport: ReportWriter {
    /// A writer.
    public init() {}

    /// The report's page.
    public func text(_ report: some PrintedReport) -> String { report.html }

    /// Headline figures, latency, time by operation, workers over time, the arena, conditions.
    func page(_ report: Report) -> Page {
        Page(title: Self.subject(report.workload), above: "UNet1D, measured by unet1d-bench \(report.host.version)") {
            if let description = report.workload.description { Markup("p", ["class": "soft"]) { description } }
            Markup("p") { Self.sentence(report) }
            Notice(report).markup
            Tiles(report).markup
            LatencySection(report: report).markup
            for part in report.besides {
                Page.section(part.title, id: part.name) {
                    for line in part.lines { Markup("p") { line.capitalizedFirst + "." } }
                }
            }
            OperationsSection(report)?.markup
            if let timeline = TimelineFigure(report) {
                Page.section("One forward", id: "forward") { timeline.markup }
            }
            arena(ArenaFigure(report.plan, operations: report.operations.map(\.operation), buffers: report.buffers))
            ConditionsSection(report: report).markup
            Page.notes(report.workload.notes)
        }
    }

    /// Memory and work of a plan, the arena, every operation.
    func page(_ report: PlanReport) -> Page {
        let plan = report.plan
        return Page(title: Self.subject(report.workload), above: "UNet1D, planned by unet1d-bench \(benchVersion)") {
            if let description = report.workload.description { Markup("p", ["class": "soft"]) { description } }
            Markup("p") {
                "What a forward of \(Figures.shape(plan.sampleShape)) would do with "
                    + "\(Figures.counted(plan.threads, "worker")) (\(plan.isa), \(plan.precision), \(plan.accuracy)). "
                    + "Nothing was run."
            }
            Tiles(report).markup
            arena(ArenaFigure(report))
            Page.section("All figures", id: "fields") { FieldMarkup.object(PlanReport.fields.values(of: report)) }
        }
    }

    /// A page of the fields of any report.
    func fields<Record: PrintedReport>(_ report: Record) -> String {
        Page(title: Record.title.capitalizedFirst, above: "unet1d-bench \(benchVersion)") {
            FieldMarkup.object(Record.fields.values(of: report))
        }.text
    }

    private func arena(_ figure: ArenaFigure?) -> Markup? {
        figure.map { figure in
            Page.section("Memory of a forward", id: "arena") {
                Page.figure(figure.plot, caption: ArenaFigure.caption, legend: Page.legend(figure.families))
            }
        }
    }

    /// What a report is about, as a title.
    static func subject(_ workload: WorkloadSummary) -> String {
        workload.profile ?? workload.model ?? "A model"
    }

    /// What was measured.
    private static func sentence(_ report: Report) -> String {
        let (plan, schedule, workload) = (report.plan, report.schedule, report.workload)
        var text = "\(Figures.counted(report.latency.count, "forward")) of a model of "
        text += "\(Figures.count(Double(workload.parameters))) parameters "
        text += "(\(workload.checkpoint ?? "random weights")) were measured, "
        text += schedule.period.map { "one every \(Figures.short($0)) ms" } ?? "one after another"
        if schedule.cold { text += ", with cold caches" }
        text += ", each of \(Figures.counted(plan.batch, "sample")) of \(plan.length) positions, with "
        return text + "\(Figures.counted(plan.threads, "worker")) on \(report.host.cpu)."
    }
}
