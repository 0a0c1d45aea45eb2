@testable import BenchKit
import Checkpoint
import Foundation
import Testing

/// Reports against texts in Snapshots/. `UNET1D_UPDATE_SNAPSHOTS=1 swift test --filter WriterTests` writes these anew.
@Suite struct WriterTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots").path

    @Test(arguments: ["run.txt", "run.json", "checkpoint.txt", "checkpoint.json", "plan.txt", "plan.json", "plan.svg"])
    func textIsThatOfTheSnapshot(name: String) throws {
        let text = try text(of: name)
        let path = Self.folder + "/" + name
        if ProcessInfo.processInfo.environment["UNET1D_UPDATE_SNAPSHOTS"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    private func text(of name: String) throws -> String {
        if name == "plan.svg" { return try PlanFormat(named: "svg").text(FixedReports.plan) }
        let writer = try ReportFormat(named: name.hasSuffix(".json") ? "json" : nil).writer
        return switch name.split(separator: ".")[0] {
        case "run": writer.text(FixedReports.run)
        case "checkpoint": writer.text(FixedReports.checkpoint)
        default: writer.text(FixedReports.plan)
        }
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

    @Test(arguments: ["svg", "xml", "Text", "nonsense"])
    func otherFormatsAreRefused(name: String) {
        #expect(throws: BenchError.self) { try ReportFormat(named: name) }
    }
}
