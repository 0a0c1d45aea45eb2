import Glibc

/// When and by which command a report was made.
public struct Origin: Sendable, Equatable {
    /// In UTC, as ISO 8601 has it: 2026-01-31T12:00:00Z.
    public var time: String
    /// The words of the command as a shell takes them, the program without its folder.
    public var command: String

    /// The present second, and the command of this process.
    static var current: Origin { Origin(time: utc(Glibc.time(nil)), command: line(CommandLine.arguments)) }

    /// A time in UTC.
    static func utc(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(1900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
    }

    /// Words as one line that a shell splits into the same.
    static func line(_ words: [String]) -> String {
        let program = words.first?.split(separator: "/").last.map(String.init) ?? ""
        return ([program] + words.dropFirst()).map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%"
        if !word.isEmpty, word.utf8.allSatisfy(plain.utf8.contains) { return word }
        return "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
