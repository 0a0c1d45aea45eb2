import Foundation
import TestSupport
import Testing

/// The programs in Tests/Embedding, which the package builds. They run, and README shows the first of them.
@Suite struct EmbeddingExampleTests {
    private static let root = URL(filePath: Fixture.root + "/../..").standardizedFileURL

    @Test func readmeShowsTheProgram() throws {
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Self.root.appending(path: "Tests/Embedding/Swift/main.swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n" + program + "```"))
    }

    @Test func programRuns() throws {
        let (status, output) = try Self.run(
            "embedding-example", [Self.root.appending(path: "Profiles/Models/ecg-512").path])
        #expect(status == 0, "\(output)")
        #expect(output.contains("first value: "), "\(output)")
        #expect(output.contains("shape: [1, 1, 512], the same bits: true"), "\(output)")
    }

    private static let planners: [(period: String, status: Int32, says: String)] = [
        ("500", 0, "5 plans, one in 500.0 ms: "),
        ("0.001", 1, "5 plans, one in 0.001 ms: 5 late, "),
    ]

    /// With a long period some plan is in time; with a period that is too short none ever is.
    @Test(arguments: planners) func plannerEnds(period: String, expected: Int32, says: String) throws {
        let models = ["real_hopper_h32", "real_value_h32"].map { Fixture.named($0).directory }
        let (status, output) = try Self.run("planner-example", models + ["5", period])
        #expect(status == expected, "\(output)")
        #expect(output.contains(says), "\(output)")
    }

    /// The chunks of a policy in time; a deadline that has passed leaves a step of each.
    @Test func policyEnds() throws {
        let policy = Fixture.root + "/policies/lerobot"
        let (status, output) = try Self.run("policy-example", [policy, "4", "500", "400", "5"])
        #expect(status == 0, "\(output)")
        #expect(output.contains("4 chunks, one in 500.0 ms: 0 after 400.0 ms, 0 cut short"), "\(output)")
        let (late, cut) = try Self.run("policy-example", [policy, "4", "1", "0.0001", "5"])
        #expect(late == 1, "\(cut)")
        #expect(cut.contains("4 cut short"), "\(cut)")
    }

    /// Runs a program that was built beside the tests; returns its exit status and what it prints.
    private static func run(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: name)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
