/// Reports that people paste in pull requests: one narrow table, what all its rows share above it.
public struct MarkdownReport: ReportWriter {
    /// A writer.
    public init() {}

    /// What the report shows of itself.
    public func text(_ report: some PrintedReport) -> String { report.markdown }
}
