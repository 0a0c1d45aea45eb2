/// A whole report, as a command prints it. A format reads one side of it: its fields, its text, its runs or its rows.
public protocol PrintedReport: ReportRecord {
    /// What messages call it, such as "a plan".
    static var title: String { get }
    /// The formats that have a form for it; by default all.
    static var formats: [ReportFormat] { get }
    /// The runs that it tells of, in order; by default none.
    var runs: [Report] { get }
    /// The objects that CSV has a row for each of; by default its runs without their samples and operations.
    var rows: [FieldValue] { get }
    /// What people read on a terminal, without colour; it ends in a line break.
    var plainText: String { get }
    /// What people paste in a pull request; it ends in a line break. By default a table with a row for each run.
    var markdown: String { get }
    /// The page that people open in a browser. By default its fields as lists and tables.
    var html: String { get }
}

extension PrintedReport {
    /// All formats.
    public static var formats: [ReportFormat] { ReportFormat.allCases }

    /// None.
    public var runs: [Report] { [] }

    /// Its runs.
    public var rows: [FieldValue] { runs.map(\.row) }

    /// A table of its runs.
    public var markdown: String { RunTable(runs).markdown }

    /// A page of its fields.
    public var html: String { HTMLReport().fields(self) }
}

extension Report: PrintedReport {
    /// A run.
    public static var title: String { "a run" }

    /// Itself.
    public var runs: [Report] { [self] }

    /// Workload, machine, latency, throughput, memory, slowest operations, warnings.
    public var plainText: String { TextReport().text(self) }

    /// Headline figures, latency, time by operation, workers over time, the arena, conditions.
    public var html: String { HTMLReport().page(self).text }

    /// The fields but for those with an entry for each forward or operation.
    public var row: FieldValue {
        let lists = ["samples_ms", "operations", "timeline"]
        return .object(Self.fields.filter { !lists.contains($0.key) }.values(of: self))
    }
}

extension PlanReport: PrintedReport {
    /// A plan.
    public static var title: String { "a plan" }

    /// Nothing was measured: there are no lines of samples.
    public static var formats: [ReportFormat] { [.text, .json, .csv, .markdown, .html] }

    /// Its operations.
    public var rows: [FieldValue] { operations.map(\.fieldValue) }

    /// Head, a line for each operation, the arena over time.
    public var plainText: String { TextReport().text(self) }

    /// Memory, work, the arena over time, every operation.
    public var html: String { HTMLReport().page(self).text }

    /// A row for each operation.
    public var markdown: String {
        var table = Table([
            ("stage", .right), ("operation", .left), ("kind", .left), ("output", .left), ("tiles", .right),
            ("products", .right), ("bytes", .right),
        ])
        for operation in operations {
            table.add([
                "\(operation.stage)", operation.name, operation.kind, Figures.shape(operation.shape),
                "\(operation.tiles)", "\(operation.products)", "\(operation.bytes)",
            ])
        }
        let subject = workload.profile ?? workload.model ?? ""
        return "**\(subject)**: plan \(plan.id), batch \(plan.batch), length \(plan.length), "
            + "\(Figures.counted(plan.threads, "worker")), \(plan.isa), \(plan.precision), \(plan.accuracy)\n\n"
            + table.markdown
    }
}

extension ProfileList: PrintedReport {
    /// A list of profiles.
    public static var title: String { "a list of profiles" }

    /// Nothing was measured: there are no lines of samples.
    public static var formats: [ReportFormat] { [.text, .json, .csv, .markdown, .html] }

    /// Its profiles.
    public var rows: [FieldValue] { entries.map(\.fieldValue) }

    /// A line for each profile.
    public var plainText: String { TextReport().text(self) }

    /// A row for each profile.
    public var markdown: String { table.markdown }
}

extension ModelInspection: PrintedReport {
    /// An inspection.
    public static var title: String { "an inspection" }

    /// It is no table.
    public static var formats: [ReportFormat] { [.text, .json, .html] }

    /// Whether it runs, what is wrong, configuration, weights by block, tensors that do not fit.
    public var plainText: String { TextReport().text(self) }
}
