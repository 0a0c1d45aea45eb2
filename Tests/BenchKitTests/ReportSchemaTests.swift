@testable import BenchKit
import Checkpoint
import Foundation
import TestSupport
import Testing

/// The published schema of reports says what the declarations of fields say, and every report keeps to it.
@Suite struct ReportSchemaTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Profiles/Schemas/unet1d-reports.json").standardized.path

    /// The reports that are written as JSON.
    private static let shapes = [
        Report.shape, PlanReport.shape, ProfileList.shape, ModelInspection.shape, CheckReport.shape, Sweep.shape,
        Comparison.shape,
    ]

    private static func read() throws -> JSONValue {
        try JSONReader.read(Array(Data(contentsOf: URL(filePath: path))), file: path)
    }

    /// `UNET1D_UPDATE_SNAPSHOTS=1 swift test --filter ReportSchemaTests` writes keys and types; what new keys hold is
    /// described by hand, in the schema.
    @Test func theSchemaIsThatOfTheFields() throws {
        var maker = SchemaMaker(old: try Self.read())
        let text = FieldValue(maker.schema(Self.shapes)).json() + "\n"
        if ProcessInfo.processInfo.environment["UNET1D_UPDATE_SNAPSHOTS"] != nil {
            try text.write(toFile: Self.path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: Self.path, encoding: .utf8) == text)
    }

    @Test func everyKeyIsDescribed() throws {
        func check(_ value: JSONValue, _ path: String) {
            for property in value["properties"]?.members ?? [] {
                let text = property.value["description"]?.text ?? ""
                #expect(text.count > 3, "\(path).\(property.key) has no description")
                check(property.value, "\(path).\(property.key)")
            }
        }
        for definition in try #require(Self.read()["$defs"]).members {
            #expect(definition.value["description"]?.text?.isEmpty == false, "\(definition.key) has no description")
            check(definition.value, definition.key)
        }
    }

    private static let schema = Result { JSONSchema(root: try read()) }

    /// Checks a report's JSON against a definition of the schema.
    static func check(_ text: String, _ definition: String) throws {
        let schema = try schema.get()
        let value = try JSONReader.read(Array(text.utf8), file: "report")
        let problems = schema.problems(of: value, as: definition)
        #expect(problems.isEmpty, "\(problems.prefix(5))")
    }

    @Test func fixedReportsKeepToIt() throws {
        for report in [FixedReports.run, FixedReports.checkpoint] {
            try Self.check(JSONReport().text(report), "Report")
            let lines = JSONLinesReport().text(report).split(separator: "\n").map(String.init)
            try Self.check(lines[0], "ForwardLine")
            try Self.check(try #require(lines.last), "RunLine")
        }
        try Self.check(JSONReport().text(FixedReports.plan), "PlanReport")
        try Self.check(JSONReport().text(FixedReports.sweep), "Sweep")
        try Self.check(JSONReport().text(FixedReports.comparison), "Comparison")
    }

    private static let short = ["--iterations", "3", "--warmup", "0", "--threads", "1"]

    /// What the command writes, by what brings members of its own.
    @Test(arguments: [
        ("Report", ["run", "--profile", "value-h32-b1", "--gradient", "--probe", "--spin", "forever"] + short),
        ("Report", ["run", "--profile", "hopper-h32-b1", "--steps", "2", "--percentiles", "5,50,99.99"] + short),
        ("Report", ["run", "--model", Fixture.named("value_small").directory, "--numa", "interleave"] + short),
        ("Report", ["run", "--profile", "value-h32-b1", "--load", "poisson", "--rate", "200"] + short),
        (
            "Report",
            ["run", "--profile", "value-h32-b1", "--find-rate", "50", "--deadline", "0.001"] + short
                + ["--iterations", "20"]
        ),
        ("Sweep", ["run", "--profile", "value-h32-b1", "--batch", "1,2", "--load", "single-stream"] + short),
        ("PlanReport", ["plan", "--profile", "value-h32-b1", "--gradient", "--topology", "2x2"]),
        ("PlanReport", ["plan", "--profile", "policy-lowdim-b1", "--accuracy", "strict"]),
        ("ProfileList", ["profiles"]),
        ("ModelInspection", ["inspect", Fixture.named("value_small").directory]),
        ("ModelInspection", ["inspect", Fixture.root + "/bad/st_wrong_shape"]),
        ("ModelInspection", ["inspect", Fixture.root + "/bad/no_weights"]),
    ])
    func everyReportKeepsToIt(definition: String, arguments: [String]) throws {
        let command = try Command(arguments + ["--format", "json"])
        try Self.check(command.output, definition)
    }

    @Test func linesKeepToIt() throws {
        let command = try Command(["run", "--profile", "value-h32-b1", "--format", "jsonl"] + Self.short)
        let lines = command.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        for line in lines.dropLast() { try Self.check(line, "ForwardLine") }
        try Self.check(lines.last ?? "", "RunLine")
    }

    /// What does not keep to it is found.
    @Test(arguments: [
        (#"{"run":0,"forward":1}"#, "ForwardLine.ms is missing"),
        (#"{"run":0,"forward":1.5,"ms":2}"#, "ForwardLine.forward: 1.5 is no integer"),
        (#"{"run":0,"forward":1,"ms":2,"more":3}"#, "ForwardLine.more is not in the schema"),
    ])
    func otherTextsAreRefused(text: String, problem: String) throws {
        let value = try JSONReader.read(Array(text.utf8), file: "line")
        #expect(JSONSchema(root: try Self.read()).problems(of: value, as: "ForwardLine") == [problem])
    }
}
