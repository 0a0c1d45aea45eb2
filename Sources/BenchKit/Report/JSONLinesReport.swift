/// Reports for programs that read line by line: for each run a line for every measured forward, then one with the run's
/// report, which lacks `samples_ms`. All are JSON objects.
///
/// A forward's line is `{"run":0,"forward":17,"ms":0.234567}`. `run` counts the runs of a report from 0, `forward` the
/// measured forwards of the run. A run's line is `{"run":0,"report":{…}}`. It ends the run: where it is missing, the
/// lines are not all there.
public struct JSONLinesReport: ReportWriter {
    /// A writer.
    public init() {}

    /// The lines of all runs.
    public func text(_ report: some PrintedReport) -> String {
        var text = ""
        for (index, run) in report.runs.enumerated() {
            for (forward, milliseconds) in run.measurement.samples.enumerated() {
                SampleLine(run: index, forward: forward, nanoseconds: UInt64((milliseconds * 1e6).rounded()))
                    .write { text.unicodeScalars.append(Unicode.Scalar($0)) }
            }
            text += Self.line(of: run, at: index)
        }
        return text
    }

    /// The line that ends a run.
    static func line(of run: Report, at index: Int) -> String {
        let members = Report.fields.filter { $0.key != "samples_ms" }.values(of: run)
        return FieldValue.object([("run", .integer(index)), ("report", .object(members))]).compactJSON + "\n"
    }
}

/// The line of a measured forward.
struct SampleLine {
    /// The most bytes that a line can have.
    static let mostBytes = 96

    let run: Int
    let forward: Int
    let nanoseconds: UInt64

    /// Writes the line, its end included, byte by byte. Allocates nothing.
    @inline(__always) func write(_ put: (UInt8) -> Void) {
        func text(_ text: StaticString) {
            for index in 0..<text.utf8CodeUnitCount { put(text.utf8Start[index]) }
        }
        /// At least `least` digits.
        func digits(_ value: UInt64, least: Int) {
            var power: UInt64 = 1
            var count = 1
            while count < least || value / power >= 10 {
                power *= 10
                count += 1
            }
            while power > 0 {
                put(UInt8(48 + value / power % 10))
                power /= 10
            }
        }
        text("{\"run\":")
        digits(UInt64(run), least: 1)
        text(",\"forward\":")
        digits(UInt64(forward), least: 1)
        text(",\"ms\":")
        digits(nanoseconds / 1_000_000, least: 1)
        text(".")
        digits(nanoseconds % 1_000_000, least: 6)
        text("}\n")
    }
}
