import Foundation
import TestSupport
import Testing

/// The programs in Tests/Embedding, which the package builds: they run, and README shows the first of them.
@Suite struct EmbeddingExampleTests {
    private static let root = URL(filePath: Fixture.root + "/../..").standardizedFileURL

    @Test func readmeShowsTheProgram() throws {
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Self.root.appending(path: "Tests/Embedding/Swift/main.swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n" + program + "```"))
    }

    @Test func programRuns() throws {
        let output = try Self.run("embedding-example", [Self.root.appending(path: "Profiles/Models/ecg-512").path])
        #expect(output.contains("first value: "))
        #expect(output.contains("shape: [1, 1, 512], the same bits: true"))
    }

    /// Two seconds of it, so that some tick is in time on a busy machine; every value is a number, or the program traps.
    @Test func plannerRuns() throws {
        let output = try Self.run(
            "planner-example",
            [Fixture.named("real_hopper_h32").directory, Fixture.named("real_value_h32").directory, "100"])
        #expect(output.hasPrefix("planned 100 times at 50 Hz, "), "\(output)")
    }

    @Test func plannerIsShort() throws {
        let program = try String(
            contentsOf: Self.root.appending(path: "Tests/Embedding/Planner/main.swift"), encoding: .utf8)
        #expect(program.count { $0 == "\n" } < 100)
    }

    /// The output of a program beside the tests' own; it must end with status 0.
    private static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: name)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}
