import Checkpoint
import Foundation
import Testing

/// What the command's help says is so: examples run, and outputs end well wherever they go.
@Suite(.serialized) struct HelpTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Every command with its examples, each one line; the root's name is empty.
    private static func examples() throws -> [(command: String, lines: [String])] {
        let help = try Command(["--experimental-dump-help"])
        let root = try #require(try JSONReader.read(Array(help.output.utf8), file: "help")["command"])
        guard case .array(let commands)? = root["subcommands"] else { return [] }
        return (commands + [root]).compactMap { command in
            guard case .string(let name)? = command["commandName"], name != "help",
                command["shouldDisplay"] != .bool(false)
            else { return nil }
            guard case .string(let discussion)? = command["discussion"] else { return (name, []) }
            let text = discussion.replacing("\\\n", with: " ")
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("  unet1d-bench ") }
            return (name, lines.map { $0.split { $0 == " " }.joined(separator: " ") })
        }
    }

    /// Whether an example needs no network, no model that is elsewhere and no minutes.
    private static func isCheap(_ line: String) -> Bool {
        if line == "unet1d-bench check" { return false }
        return !["fetch", "tune", "harmonai/"].contains { line.contains($0) }
            && !(line.contains(" run ") && !isShort(line))
    }

    private static func isShort(_ line: String) -> Bool {
        line.contains("--iterations") || line.contains("--duration 0.")
    }

    /// They run from a folder with the package's, so that what they write goes elsewhere.
    @Test func everyCommandHasExamplesThatRun() throws {
        let folder = try TemporaryFolder()
        for name in ["Profiles", "Tests"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/\(name)", withDestinationPath: "\(Self.root)/\(name)")
        }
        var found: Set<String> = []
        for (name, lines) in try Self.examples() {
            #expect(lines.count >= 2 || name == "forward", "\(name) has \(lines.count) examples")
            for line in lines where found.insert(line).inserted && Self.isCheap(line) {
                let command = try Command(
                    bash: #"cd "$1" && unet1d-bench() { "$UNET1D" "$@"; } && UNET1D=$0 && eval "$2""#,
                    [folder.path, line])
                #expect(command.status == 0 && command.errors.isEmpty, "\(line): \(command.errors)")
            }
        }
        #expect(found.count > 15)
    }

    /// Longer lines are broken where nobody can paste them.
    @Test(arguments: ["run", "compare", "plan", "generate", "check", "tune", "fetch", "inspect", "convert", "verify"])
    func examplesFitInEightyColumns(name: String) throws {
        let lines = try Command(["help", name]).output.split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "Examples:"))
        for line in lines[(start + 1)...].prefix(while: { !$0.hasPrefix("USAGE:") }) {
            #expect(line.hasPrefix("  "), "\(line)")
        }
    }

    @Test func exitStatusesAreInTheHelp() throws {
        let help = try Command(["--help"]).output
        for status in ["  0  ", "  1  ", "  2  ", "  130  "] { #expect(help.contains("\n\(status)"), "\(status)") }
    }

    private static let outputs = [
        "run --profile value-h32-b1 --iterations 300 --warmup 0 --threads 1 --format json",
        "plan --profile small-8192-b1 --format json", "plan --profile small-8192-b1 --format svg",
        "profiles --format json",
        "inspect $1/Profiles/Models/ecg-512 --format json",
        "verify --model $1/Tests/Fixtures/visible/value_small --tensors $1/Tests/Fixtures/visible/value_small/io.safetensors",
        "generate $1/Profiles/Models/ecg-512 --steps 1 --output $2/x.npy", "convert $1/Profiles/Models/ecg-512 $2/ecg",
        "help run", "--experimental-dump-help", "--generate-completion-script bash",
    ]

    /// A reader that goes away is no failure; a full disk is one.
    @Test(arguments: outputs) func outputsEndWell(line: String) throws {
        let folder = try TemporaryFolder()
        let head = try Command(
            bash: #"{ "$0" \#(line); echo "status $?" >&2; } | head -c 1 >/dev/null"#, [Self.root, folder.path])
        #expect(head.errors == "status 0\n", "\(head.errors)")
        try Command(bash: #""$0" \#(line) >/dev/full"#, [Self.root, folder.path])
            .expectFailure(mention: "standard output")
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionsKnowTheCommands(shell: String) throws {
        let script = try Command(["--generate-completion-script", shell])
        #expect(script.status == 0)
        for word in ["generate", "profile", "threads"] { #expect(script.output.contains(word), "\(word)") }
    }

    /// The manual page holds every command and flag, and the formatter has nothing to say of it.
    @Test func theManualIsTheHelp() throws {
        let folder = try TemporaryFolder()
        let page = folder.path + "/unet1d-bench.1"
        let made = try Command(
            bash: #""$0" --experimental-dump-help | "$1/Sources/unet1d-bench/manual" >"$2""#, [Self.root, page])
        #expect(made.status == 0, "\(made.errors)")
        let text = try String(contentsOfFile: page, encoding: .utf8).replacing("\\-", with: "-")
        for word in [".TH UNET1D-BENCH 1", ".SS unet1d-bench generate", "--timestep-scale", "Exit status", "Examples"] {
            #expect(text.contains(word), "\(word)")
        }
        let format = try Command(
            bash: #"command -v groff >/dev/null || exit 0; groff -Kutf8 -man -Tutf8 -ww -z "$1""#, [page])
        #expect(format.status == 0 && format.errors.isEmpty, "\(format.errors)")
    }
}
