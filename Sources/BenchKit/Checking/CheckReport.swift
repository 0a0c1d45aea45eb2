/// What a check of a machine found: the machine, and a line for each check.
public struct CheckReport: Sendable {
    /// The machine and the program.
    public var host: Host
    /// Instruction sets that this machine can run, narrowest first.
    public var instructionSets: [String]
    /// Whether the processor multiplies bfloat16 itself.
    public var multipliesBFloat: Bool
    /// The checks, in the order in which they were made.
    public var results: [CheckResult]
    /// Whether Ctrl-C or SIGTERM ended the checks.
    public var isInterrupted: Bool
    /// Seconds that they took.
    public var seconds: Double

    /// Whether no check failed.
    public var passed: Bool { count("FAIL") == 0 }

    /// What the command ends with: 1 where a check failed, 2 where one could not be made, else 0.
    public var status: Int32 { passed ? (count("error") == 0 ? 0 : 2) : 1 }

    /// The number of checks with that outcome.
    func count(_ word: String) -> Int { results.count { $0.outcome.word == word } }
}

/// A check, and what came of it.
public struct CheckResult: Sendable, Equatable {
    /// The part of the report.
    public var group: CheckGroup
    /// A few words.
    public var name: String
    /// What came of it.
    public var outcome: CheckOutcome
}

extension CheckReport: PrintedReport {
    /// A check.
    public static var title: String { "a check" }

    /// No forwards are reported one by one: there are no lines of samples.
    public static var formats: [ReportFormat] { [.text, .json, .csv, .markdown] }

    /// Schema `unet1d-check/1`.
    public static var fields: [Field<CheckReport>] {
        [
            Field("schema") { _ in "unet1d-check/1" }, Field("passed", \.passed), Field("interrupted", \.isInterrupted),
            Field(
                "counts",
                ["ok", "warning", "FAIL", "error", "skipped"].map { word in
                    Field<CheckReport>(word == "FAIL" ? "failed" : word) { report in report.count(word) }
                }),
            Field("elapsed_s", .seconds, \.seconds), Field("host", \.host),
            Field("instruction_sets", \.instructionSets), Field("multiplies_bfloat16", \.multipliesBFloat),
            Field("checks", \.results),
        ]
    }

    /// The checks.
    public var rows: [FieldValue] { results.map(\.fieldValue) }
}

extension CheckResult: ReportRecord {
    /// Name, outcome and what was found.
    public static var fields: [Field<CheckResult>] {
        [
            Field("group", \.group.rawValue), Field("name", \.name), Field("outcome", \.outcome.word),
            Field("detail", \.outcome.detail), Field("advice", \.outcome.advice),
        ]
    }
}
