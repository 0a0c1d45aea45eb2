import Checkpoint
import Foundation
import TestSupport
import Testing

/// `compare` and `run --against` of the built command.
@Suite(.serialized) struct CompareCommandTests {
    /// A report as a run writes it, as far as comparisons read it.
    private static func report(
        scale: Double = 1, samples: Int = 10, replacing old: String = "", with new: String = ""
    ) -> String {
        let times = (0..<samples).map { "\(scale * (1 + 0.01 * Double($0 * 7 % 5)))" }.joined(separator: ", ")
        let text = """
            {"schema": "unet1d-bench/1", "model": null, "profile": "p", "parameters": 9, "batch": 1, "length": 32,
             "threads": 2, "isa": "avx2", "precision": "f32", "accuracy": "fast", "switched_out": 0,
             "probe": {"latency_ms": {"p50": 1}}, "interference": {"other_cpus": 0.25, "stolen_cpus": 0},
             "host": {"cpu": "Nine", "cores": 4, "numa_nodes": 1, "version": "1"}, "samples_ms": [\(times)]}
            """
        return old.isEmpty ? text : text.replacing(old, with: new)
    }

    private static func compare(_ base: String, _ new: String, _ flags: [String] = []) throws -> Command {
        let folder = try TemporaryFolder()
        return try Command(
            ["compare", folder.write(base, to: "base.json"), folder.write(new, to: "new.json")] + flags)
    }

    @Test(arguments: [(1.0, "same"), (1.3, "slower"), (0.7, "faster")])
    func verdicts(scale: Double, verdict: String) throws {
        let command = try Self.compare(Self.report(), Self.report(scale: scale), ["--format", "json"])
        #expect(command.status == 0 && command.errors.isEmpty)
        let json = try JSONReader.read(Array(command.output.utf8), file: "comparison")
        #expect(json["schema"] == .string("unet1d-compare/1"))
        #expect(json["interleaved"] == .bool(false))
        guard case .array(let runs)? = json["runs"] else {
            Issue.record("no runs: \(command.output)")
            return
        }
        #expect(runs.count == 1)
        #expect(runs[0]["verdict"] == .string(verdict))
        for key in ["ratio", "shift_ms"] {
            for end in ["estimate", "lower", "upper"] { #expect(runs[0][key]?[end]?.number != nil, "\(key).\(end)") }
        }
        #expect(abs((runs[0]["ratio"]?["estimate"]?.number ?? 0) - scale) < 1e-9)
        #expect(runs[0]["noise"]?["probe_ratio"]?.number == 1)
    }

    /// A report in another format is named, not searched for a mistake in its JSON.
    @Test(arguments: [
        ("<!doctype html>", "found a page"), ("# A report", "found text that is no JSON"), ("", "found nothing"),
        ("{\"schema\": ", "not valid JSON"), ("{\"run\":0,\"forward\":0,\"ms\":1}\n", "found JSON lines"),
        ("5", "expected a report, an object"),
    ])
    func anotherFormat(text: String, mention: String) throws {
        try Self.compare(Self.report(), text).expectFailure(mention: mention)
    }

    /// A build for debugging beside one that is none is a difference that is named.
    @Test func debugBuilds() throws {
        let debug = Self.report(replacing: #""model": null"#, with: #""model": null, "verdict": {"grade": "debug"}"#)
        let other = Self.report(replacing: #""model": null"#, with: #""model": null, "verdict": {"grade": "noisy"}"#)
        let command = try Self.compare(debug, other)
        #expect(command.status == 0 && command.output.contains("debug build"), "\(command.output)")
        #expect(try !Self.compare(debug, debug).output.contains("debug build"))
    }

    @Test(arguments: [
        ("text", ["p50", "99 % interval", "slower: its forwards take 30.00 % more", "threads", "other programs"]),
        ("markdown", ["| run | p50 ms |", "slower", "| threads | 2 | 1 |"]),
        ("csv", ["name,launches,iterations", ",slower,"]),
    ])
    func formats(format: String, mentions: [String]) throws {
        let command = try Self.compare(
            Self.report(), Self.report(scale: 1.3, replacing: #""threads": 2"#, with: #""threads": 1"#),
            ["--format", format])
        #expect(command.status == 0)
        for mention in mentions { #expect(command.output.contains(mention), "\(command.output)") }
    }

    @Test(arguments: [(1.3, "10", 1), (1.3, "40", 0), (1.0, "0", 0), (0.7, "0", 0)])
    func slowerThanAllowed(scale: Double, percent: String, status: Int32) throws {
        let command = try Self.compare(Self.report(), Self.report(scale: scale), ["--fail-slower", percent])
        #expect(command.status == status)
        #expect(command.output.contains(status == 1 ? "FAIL" : "ok"))
    }

    @Test(arguments: [
        (#""batch": 1"#, #""batch": 2"#, "batch: "), (#""length": 32"#, #""length": 64"#, "length: "),
        (#""f32""#, #""bf16""#, "precision: "), (#""Nine""#, #""Ten""#, "host.cpu: "),
        (#""cores": 4"#, #""cores": 8"#, "host.cores: "), (#""p""#, #""q""#, "profile: "),
        (#""parameters": 9"#, #""parameters": 8"#, "parameters: "),
    ])
    func differentThingsNeedForce(old: String, new: String, field: String) throws {
        let other = Self.report(replacing: old, with: new)
        try Self.compare(Self.report(), other).expectFailure(mention: field)
        #expect(try Self.compare(Self.report(), other, ["--force"]).status == 0)
    }

    @Test(arguments: [
        ("unet1d-bench/1", "unet1d-bench/9", #"schema: found the string "unet1d-bench/9", expected "unet1d-bench/1""#),
        (#""samples_ms": ["#, #""samples_ms": ["x", "#, "samples_ms[0]: found the string"),
        (#""samples_ms": ["#, #""samples_ms": [0, "#, "samples_ms[0]: found 0, expected milliseconds"),
        (#""samples_ms""#, #""other""#, "samples_ms: found nothing, expected a list"),
        (#""batch": 1,"#, "", "batch: found nothing"), ("{", "", "new.json"),
        (#"{"p50": 1}"#, #"{"p50": []}"#, "probe.latency_ms.p50: found a list"),
    ])
    func badReportsAreOneLine(old: String, new: String, mention: String) throws {
        try Self.compare(Self.report(), Self.report(replacing: old, with: new)).expectFailure(mention: mention)
    }

    @Test(arguments: [
        (["compare", "/no/such.json", "/no/such.json"], "/no/such.json"), (["compare", "x"], "new"),
        (["run", "--launches", "2"], "--launches"), (["run", "--fail-slower", "2"], "--fail-slower"),
        (["run", "--against", ""], "--against"), (["run", "--against", "/no/such"], "/no/such: cannot be started"),
        (["run", "--against", "/bin/true", "--iterations", "5", "--turns", "5"], "/bin/true: does not take turns"),
        (["run", "--against", "x", "--launches", "0"], "--launches: found 0"),
        (["run", "--against", "x", "--spin", "forever"], "--spin"),
        (["run", "--against", "x", "--turns", "0"], "--turns"),
        (["run", "--against", "x", "--duration", "nan"], "--duration"),
        (["run", "--against", "x", "--format", "jsonl"], "--format"),
        (["compare", "x", "y", "--fail-slower", "-1"], "--fail-slower"),
    ])
    func badArgumentsAreOneLine(arguments: [String], mention: String) throws {
        try Command(arguments).expectFailure(mention: mention)
    }

    @Test func fewSamplesAndEmptyFoldersAreRefused() throws {
        try Self.compare(Self.report(), Self.report(samples: 4)).expectFailure(mention: "4 values, expected 5 or more")
        let folder = try TemporaryFolder()
        let base = try folder.write(Self.report(), to: "base.json")
        try folder.write("", to: "empty/note.txt")
        try Command(["compare", base, folder.path + "/empty"]).expectFailure(mention: "no file that ends in .json")
        try folder.write(Self.report(), to: "mixed/a.json")
        try folder.write(Self.report(replacing: #""threads": 2"#, with: #""threads": 1"#), to: "mixed/b.json")
        try Command(["compare", base, folder.path + "/mixed"]).expectFailure(mention: "mixed/b.json: threads: found 1")
    }

    @Test func foldersHoldLaunches() throws {
        let folder = try TemporaryFolder()
        for launch in 0..<6 {
            for (name, scale) in [("base", 1.0), ("new", 1.05)] {
                let report = Self.report(
                    scale: scale * (1 + 0.001 * Double(launch)), replacing: #""other_cpus": 0.25"#,
                    with: #""other_cpus": 0"#)
                try folder.write(report, to: "\(name)/\(launch).json")
            }
        }
        let command = try Command(["compare", folder.path + "/base", folder.path + "/new", "--fail-slower", "3"])
        #expect(command.status == 1)
        #expect(command.output.contains("launches differ by"))
    }

    /// This build against itself; what one reads is whether both ran, not how fast.
    @Test func buildsTakeTurns() throws {
        let line = #""$0" run --model "$1" --against "$0" --iterations 6 --turns 2 --warmup 1 --launches 1"#
        let command = try Command(bash: line + " --format json", [Fixture.named("value_small").directory])
        #expect(command.status == 0, "\(command.errors)")
        try ReportSchemaTests.check(command.output, "Comparison")
        let json = try JSONReader.read(Array(command.output.utf8), file: "comparison")
        #expect(json["interleaved"] == .bool(true))
        #expect(json["base"]?["iterations"] == .integer(6))
        #expect(json["base"]?["launches"] == .integer(1))
    }

    /// However far it came, Ctrl-C leaves no file behind: `timeout` sends two signals.
    @Test(arguments: ["0.2", "4"]) func ctrlCEndsTurns(seconds: String) throws {
        let folder = try TemporaryFolder()
        let end = "timeout --preserve-status -s INT \(seconds)"
        let line = #"TMPDIR="$2" \#(end) "$0" run --model "$1" --against "$0" "#
        let command = try Command(
            bash: line + "--iterations 6 --turns 2 --warmup 1 --launches 90 --format json",
            [Fixture.named("value_small").directory, folder.path])
        #expect(command.status == 130, "\(command.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        if !command.output.isEmpty {
            let json = try JSONReader.read(Array(command.output.utf8), file: "comparison")
            #expect(json["schema"] == .string("unet1d-compare/1"))
        }
    }

    @Test func aBuildThatFailsIsQuoted() throws {
        let folder = try TemporaryFolder()
        let build = try folder.write("#!/bin/sh\necho 'error: Unknown option --cold' >&2; exit 64\n", to: "old")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: build)
        try Command(["run", "--against", build, "--iterations", "5", "--turns", "5"])
            .expectFailure(mention: "old: Unknown option --cold")
    }
}
