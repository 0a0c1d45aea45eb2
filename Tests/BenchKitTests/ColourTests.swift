@testable import BenchKit
import Testing

/// Colour on terminals, and nowhere else.
@Suite struct ColourTests {
    @Test(arguments: [
        ("latency µs   min\n", "\u{1B}[1mlatency µs\u{1B}[0m   min\n"), ("A sentence.\n", "A sentence.\n"),
        ("notes\n  a\n", "\u{1B}[1mnotes\u{1B}[0m\n  a\n"),
        ("warnings\n  a\n\n  b\n", "\u{1B}[1mwarnings\u{1B}[0m\n\u{1B}[33m  a\u{1B}[0m\n\n  b\n"),
    ])
    func labelsAndWarnings(text: String, painted: String) { #expect(TextColour.painted(text) == painted) }

    @Test func nothingButCodesIsAdded() {
        let text = FixedReports.run.plainText
        let painted = TextColour.painted(text)
        #expect(painted.contains("\u{1B}"))
        let codes = try? Regex("\u{1B}\\[[0-9]*m")
        #expect(codes.map { painted.replacing($0, with: "") } == text)
    }

    /// `script` of util-linux gives the command a terminal.
    @Test(arguments: [
        ("TERM=xterm", "", true), ("TERM=xterm NO_COLOR=", "", true), ("TERM=xterm NO_COLOR=1", "", false),
        ("TERM=dumb", "", false), ("TERM=xterm", "--format csv", false), ("TERM=xterm", "| cat", false),
        ("TERM=xterm", "--output /dev/stderr", false),
    ])
    func colourIsForTerminals(variables: String, end: String, isPainted: Bool) throws {
        let command = try Command(
            bash: #"unset NO_COLOR; export COMMAND="$0"; script -qec "$1 \"\$COMMAND\" profiles $2" /dev/null"#,
            [variables, end])
        #expect(command.output.contains("\u{1B}[") == isPainted, "\(command.output.prefix(200))")
    }
}
