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
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        self.init(endOf: try Running([Self.executable.path] + arguments, environment: environment))
    }

    /// Runs a line of bash, `$0` in it being the command, to its end.
    init(bash line: String, _ arguments: [String] = []) throws {
        self.init(endOf: try Running(["/bin/bash", "-c", line, Self.executable.path] + arguments, environment: [:]))
    }

    /// Runs it several times at once; results in order.
    static func atOnce(_ argumentLists: [[String]]) throws -> [Command] {
        try argumentLists.map { try Running([executable.path] + $0, environment: [:]) }.map(Command.init(endOf:))
    }

    private init(endOf running: Running) {
        // Standard error is a line at most, which a pipe holds.
        let outputData = running.output.fileHandleForReading.readDataToEndOfFile()
        let errorData = running.errors.fileHandleForReading.readDataToEndOfFile()
        let process = running.process
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: outputData, as: UTF8.self)
        errors = String(decoding: errorData, as: UTF8.self)
        if process.terminationReason != .exit { Issue.record("signal \(status): \(process.arguments ?? [])") }
    }

    /// A process that was started.
    private struct Running {
        let process = Process()
        let output = Pipe()
        let errors = Pipe()

        /// Starts a program, the first of `words`.
        init(_ words: [String], environment: [String: String]) throws {
            process.executableURL = URL(filePath: words[0])
            process.arguments = Array(words.dropFirst())
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = errors
            try process.run()
        }
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
