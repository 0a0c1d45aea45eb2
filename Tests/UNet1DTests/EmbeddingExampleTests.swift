import Foundation
import TestSupport
import Testing

/// The README's embedding example is the program in Tests/Embedding/Swift, which the package builds, and it runs.
@Suite struct EmbeddingExampleTests {
    private static let root = URL(filePath: Fixture.root + "/../..").standardizedFileURL

    @Test func readmeShowsTheProgram() throws {
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        let program = try String(
            contentsOf: Self.root.appending(path: "Tests/Embedding/Swift/main.swift"), encoding: .utf8)
        #expect(readme.contains("```swift\n" + program + "```"))
    }

    @Test func programRuns() throws {
        let process = Process()
        process.executableURL = Bundle.main.bundleURL.appending(path: "embedding-example")
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appending(path: "embedding-example")
        }
        process.arguments = [Self.root.appending(path: "Profiles/Models/ecg-512").path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try #require(try pipe.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(String(decoding: data, as: UTF8.self).contains("first value: "))
    }
}
