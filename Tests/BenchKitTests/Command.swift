import Foundation
import Testing

/// The built command, started as another process.
struct Command {
    let status: Int32
    let output: String
    let errors: String

    /// Beside the tests' own executable.
    private static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "unet1d-bench")

    /// Runs it to its end; a death by a signal is an issue.
    init(_ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        let output = Pipe()
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Standard error is a line at most, which a pipe holds.
        let outputData = output.fileHandleForReading.readDataToEndOfFile()
        let errorData = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        if process.terminationReason != .exit { Issue.record("signal \(process.terminationStatus): \(arguments)") }
        status = process.terminationStatus
        self.output = String(decoding: outputData, as: UTF8.self)
        self.errors = String(decoding: errorData, as: UTF8.self)
    }

    /// Expects a failure as users may rely on: a status other than 0 and 1, one line that says `error:` and `mention`.
    func expectFailure(mention: String = "error", sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(status == 2, sourceLocation: sourceLocation)
        #expect(output.isEmpty, sourceLocation: sourceLocation)
        #expect(errors.hasPrefix("error: "), sourceLocation: sourceLocation)
        #expect(errors.split(separator: "\n", omittingEmptySubsequences: false).count == 2, "\(errors)")
        #expect(errors.contains(mention), "\(errors)", sourceLocation: sourceLocation)
    }
}
