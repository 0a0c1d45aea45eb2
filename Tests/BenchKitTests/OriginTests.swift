import Checkpoint
import Testing

@testable import BenchKit

/// When and how reports say that they were made.
@Suite struct OriginTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (4_102_444_801, "2100-01-01T00:00:01Z"),
    ])
    func times(seconds: Int, expected: String) { #expect(Origin.utc(seconds) == expected) }

    /// A shell splits the line into the words of the command.
    @Test func commands() throws {
        let words = ["run", "--model", "my models/it's", "", "--batch", "1,2*3", "$HOME", "é"]
        let line = Origin.line(["/usr/bin/unet1d-bench"] + words)
        #expect(line.hasPrefix("unet1d-bench run --model '"))
        let split = try Command(bash: "shift $#; set -- \(line); shift; printf '%s\\n' \"$@\"")
        #expect(split.output == words.map { $0 + "\n" }.joined())
    }

    @Test func aRunSaysWhenAndHow() throws {
        let words = ["run", "--profile", "hopper-h32-b1", "--iterations", "3", "--format", "json"]
        let command = try Command(words)
        #expect(command.status == 0, "\(command.errors)")
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        #expect(json["command"] == .string("unet1d-bench " + words.joined(separator: " ")))
        guard case .string(let time)? = json["time"] else {
            Issue.record("no time")
            return
        }
        #expect(time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    }
}
