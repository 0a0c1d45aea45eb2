@testable import BenchKit
import Checkpoint
import Foundation
import Testing

/// Reports against texts in Snapshots/. `UNET1D_UPDATE_SNAPSHOTS=1 swift test --filter WriterTests` writes these anew.
@Suite struct WriterTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots").path

    @Test(arguments: [
        "run.txt", "run.json", "run.jsonl", "run.csv", "run.md", "checkpoint.txt", "checkpoint.json", "checkpoint.md",
        "plan.txt", "plan.json", "plan.csv", "plan.md", "plan.svg", "run.html", "checkpoint.html",
        "plan.html", "runs.csv", "runs.md", "sweep.txt", "sweep.json", "sweep.html",
        "comparison.txt", "comparison.md", "comparison.html",
    ])
    func textIsThatOfTheSnapshot(name: String) throws {
        let text = try text(of: name)
        let path = Self.folder + "/" + name
        if ProcessInfo.processInfo.environment["UNET1D_UPDATE_SNAPSHOTS"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    private func text(of name: String) throws -> String {
        let parts = name.split(separator: ".")
        if parts[1] == "svg" { return try PlanFormat(named: "svg").text(FixedReports.plan) }
        let formats = ["txt": "text", "md": "markdown"]
        let writer = try ReportFormat(named: formats[String(parts[1])] ?? String(parts[1])).writer
        return switch parts[0] {
        case "run": writer.text(FixedReports.run)
        case "runs": writer.text(FixedRuns())
        case "checkpoint": writer.text(FixedReports.checkpoint)
        case "sweep": writer.text(FixedReports.sweep)
        case "comparison": writer.text(FixedReports.comparison)
        default: writer.text(FixedReports.plan)
        }
    }

    /// A report of several runs.
    private struct FixedRuns: PrintedReport {
        static let title = "two runs"
        static var fields: [Field<Self>] { [] }
        var runs: [Report] { [FixedReports.run, FixedReports.checkpoint] }
        var plainText: String { "" }
    }

    @Test func jsonHasTheKeysThatProgramsReadOf() throws {
        let json = try JSONReader.read(Array(JSONReport().text(FixedReports.run).utf8), file: "report")
        let keys: [(String?, [String])] = [
            (
                nil,
                [
                    "schema", "plan_id", "profile", "model", "batch", "length", "threads", "isa", "numa", "accuracy",
                    "precision", "iterations", "latency_ms", "throughput", "load_ms", "plan_ms", "first_forward_ms",
                    "weights_bytes", "arena_bytes", "arena_lower_bound_bytes", "scratch_bytes", "peak_rss_bytes",
                    "samples_ms", "switched_out", "heap_allocations_per_forward", "page_faults_per_forward",
                    "operations", "host",
                ]
            ),
            ("latency_ms", ["min", "mean", "p50", "p90", "p99", "p999", "max", "stddev"]),
            ("undisturbed_latency_ms", ["p50", "p99", "max"]),
            ("probe", ["latency_ms", "switched_out", "undisturbed_latency_ms", "bytes", "multiply_adds"]),
            ("interference", ["other_cpus", "stolen_cpus", "throttled_periods", "cpu_changes"]),
            (
                "loop",
                [
                    "scheduler", "steps", "short_levels", "whole_every", "loops", "loop_ms", "forwards_ms",
                    "loop_over_forwards", "share_outside_model", "steps_per_second", "audio_seconds_per_second",
                ]
            ),
            (
                "gradient",
                [
                    "gradients", "value_and_gradient_ms", "forward_ms", "over_forward", "arena_bytes",
                    "arena_lower_bound_bytes", "kept_bytes", "recomputed_bytes", "weights_bytes",
                ]
            ),
            ("throughput", ["forwards_per_second", "samples_per_second", "gflops_effective"]),
            (
                "host",
                ["cpu", "cores", "numa_nodes", "os", "version", "peak_gflops", "bandwidth_gbs", "cache_bandwidth_gbs"]
            ),
        ]
        for (name, members) in keys {
            let object = name.map { json[$0] } ?? json
            for member in members { #expect(object?[member] != nil, "\(name ?? "").\(member)") }
        }
        guard case .array(let operations)? = json["operations"] else {
            Issue.record("operations is not a list")
            return
        }
        for member in [
            "name", "kind", "shape", "milliseconds", "gflops", "bytes", "bound_ms", "bound_share", "bound_by",
        ] {
            #expect(operations[0][member] != nil, "\(member)")
        }
        #expect(json["schema"] == .string("unet1d-bench/1"))
        #expect(json["throughput"]?["gflops_effective"] == .integer(100))
        #expect(json["deadline_misses"] == .integer(1))
    }

    @Test(arguments: [
        (FieldValue.number(.nan), "null"), (.number(0.5), "0.5"), (.number(20), "20"), (.number(1e300), "1e+300"),
        (.string("a\"\\\n\u{1}é"), "\"a\\\"\\\\\\u000a\\u0001é\""), (.array([]), "[]"), (.bool(true), "true"),
    ])
    func jsonValues(value: FieldValue, text: String) { #expect(value.json() == text) }

    @Test(arguments: [
        (FieldValue.object([("a", .string("x,\"y\"")), ("b", .null)]), "a,b\n\"x,\"\"y\"\"\",\n"),
        (
            .object([("a", .object([("b", .integer(1)), ("c", .array([.integer(2), .integer(3)]))]))]),
            "a.b,a.c\n1,2;3\n"
        ),
        (.object([("a", .array([.object([])])), ("b", .number(.nan))]), "b\n\n"),
    ])
    func csvCells(row: FieldValue, text: String) { #expect(CSVReport().text(FixedRows(rows: [row])) == text) }

    private struct FixedRows: PrintedReport {
        static let title = "rows"
        static var fields: [Field<Self>] { [] }
        let rows: [FieldValue]
        var plainText: String { "" }
    }

    @Test(arguments: [
        (0, 0, 0 as UInt64, "{\"run\":0,\"forward\":0,\"ms\":0.000000}\n"),
        (2, 1234, 12_034_056, "{\"run\":2,\"forward\":1234,\"ms\":12.034056}\n"),
        (0, 9, 999_999, "{\"run\":0,\"forward\":9,\"ms\":0.999999}\n"),
    ])
    func sampleLines(run: Int, forward: Int, nanoseconds: UInt64, text: String) {
        var line: [UInt8] = []
        SampleLine(run: run, forward: forward, nanoseconds: nanoseconds).write { line.append($0) }
        #expect(String(decoding: line, as: UTF8.self) == text)
    }

    @Test func everyLineFitsItsRoom() {
        var bytes = 0
        SampleLine(run: .max, forward: .max, nanoseconds: .max).write { _ in bytes += 1 }
        #expect(bytes <= SampleLine.mostBytes)
    }

    @Test(arguments: [
        ("a/report.HTML", ReportFormat.html), ("x.jsonl", .jsonl), ("x.json", .json), ("x.md", .markdown),
        ("json", .text), ("x.out", .text),
    ])
    func theEndingDecides(file: String, format: ReportFormat) throws {
        #expect(try ReportFormat(named: nil, file: file) == format)
        #expect(try ReportFormat(named: "csv", file: file) == .csv)
    }

    /// What there is stands in the message.
    @Test(arguments: [
        ("svg", "run", "text, json, jsonl, csv, markdown, html"), ("nonsense", "run", "for a run"),
        ("jsonl", "plan", "one of text, json, csv, markdown, html for a plan"),
        ("csv", "inspect", "one of text, json, html for an inspection"),
        ("jsonl", "profiles", "for a list of profiles"),
    ])
    func otherFormatsAreRefused(name: String, command: String, mention: String) throws {
        let reports: [String: any PrintedReport.Type] = [
            "run": Report.self, "plan": PlanReport.self, "inspect": ModelInspection.self, "profiles": ProfileList.self,
        ]
        let report = try #require(reports[command])
        let error = #expect(throws: BenchError.self) { try ReportFormat(named: name, for: report) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(mention))
    }
}
