import Foundation
import TestSupport
import Testing

/// Tests/Embedding/Filling, which the package builds, on one recording with one seed.
@Suite struct FillingExampleTests {
    @Test func drawsAndCounts() throws {
        let model = URL(filePath: Fixture.root + "/../../Profiles/Models/ecg-512").standardizedFileURL
        let picture = NSTemporaryDirectory() + "filled-\(UUID()).svg"
        defer { try? FileManager.default.removeItem(atPath: picture) }
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "filling-example")
        process.arguments = [model.path, model.appending(path: "real.csv").path, picture, "1"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }
        #expect(rows.count == 6 && rows.allSatisfy { $0.split(separator: "|").count == 5 }, "\(text)")
        for row in rows.dropFirst(3) {
            let figures = row.split(separator: "|").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            // A millivolt is what a beat has: nothing of it is left at a joint, or as a distance.
            #expect(figures.count == 4 && figures.allSatisfy { 0..<1000 ~= $0 }, "\(row)")
        }
        let drawing = try String(contentsOfFile: picture, encoding: .utf8)
        #expect(drawing.contains("posterior sampling: steps of ") && drawing.hasSuffix("</svg>\n"))
    }
}
