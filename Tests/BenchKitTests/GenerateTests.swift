import Checkpoint
import Foundation
import TestSupport
import Testing
import UNet1D

/// `generate` as the built command.
@Suite(.serialized) struct GenerateTests {
    private static let model = Fixture.root + "/../../Profiles/Models/ecg-512"
    /// A loop of two signals.
    private static let loop = [model, "--steps", "4", "--batch", "2", "--seed", "3", "--threads", "1"]

    /// Runs the command in a folder, in which words that begin with @ are files; expects success.
    @discardableResult private func generate(_ words: [String], in folder: TemporaryFolder) throws -> String {
        let command = try Command(["generate"] + words.map { $0.replacing("@", with: folder.path + "/") })
        #expect(command.status == 0 && command.errors.isEmpty, "\(words): \(command.errors)")
        return command.output
    }

    private func sample(_ name: String, in folder: TemporaryFolder) throws -> [Float] {
        try TensorFile(path: folder.path + "/" + name).floats(named: "sample")
    }

    /// What diffusers' pipeline gives for the same seed.
    @Test(arguments: TestISA.all) func equalsThePipelineOfDiffusers(isa: ISA) throws {
        let folder = try TemporaryFolder()
        let words = ["--steps", "10", "--batch", "2", "--generator", "torch", "--seed", "1234", "--isa", isa.rawValue]
        let report = try generate([Self.model, "--output", "@clip.safetensors"] + words, in: folder)
        for part in [
            "2×1×512, 2.84 s at 180 Hz", "IPNDMScheduler, 10 steps", "seed 1234 of torch",
            "ms a step, real-time factor ",
        ] {
            #expect(report.contains(part), "\(part) in \(report)")
        }
        #expect(try TensorFile(path: folder.path + "/clip.safetensors").tensor(named: "sample").shape == [2, 1, 512])
        let goldens = try TensorFile(path: Fixture.root + "/ecg/loops.safetensors")
        try expectNear(try sample("clip.safetensors", in: folder), try goldens.floats(named: "ipndm.10.audios"))
        // The noise of a file in place of a seed.
        let file = Fixture.root + "/ecg/loops.safetensors"
        try generate(
            [Self.model, "--output", "@clip.safetensors", "--steps", "10", "--noise", file, "--no-clamp"], in: folder)
        try expectNear(try sample("clip.safetensors", in: folder), try goldens.floats(named: "ipndm.10.final"))
    }

    private func expectNear(_ found: [Float], _ expected: [Float]) throws {
        try #require(found.count == expected.count)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 2e-5)
    }

    /// Every form holds the signal. A strength of 0 gives the signal of a file itself.
    @Test func formsHoldTheSameSignal() throws {
        let folder = try TemporaryFolder()
        try generate(Self.loop + ["--output", "@all.safetensors"], in: folder)
        let all = try sample("all.safetensors", in: folder)
        func read(_ name: String) throws -> [Float] {
            try generate(
                [Self.model, "--init", "@" + name, "--strength", "0", "--output", "@read.safetensors"], in: folder)
            return try sample("read.safetensors", in: folder)
        }
        for name in ["all.safetensors", "all.npy", "all.csv"] {
            try generate(Self.loop + ["--output", "@" + name], in: folder)
            try generate(
                [Self.model, "--batch", "2", "--init", "@" + name, "--strength", "0", "--output", "@read.safetensors"],
                in: folder)
            #expect(try sample("read.safetensors", in: folder) == all, "\(name)")
        }
        // Spreadsheets begin a table with a byte order mark; what is empty is passed over.
        try generate(Self.loop + ["--output", "@one.csv", "--rows", "1:2"], in: folder)
        let table = try #require(FileManager.default.contents(atPath: folder.path + "/one.csv"))
        try (Data("\u{FEFF}\r\n\n".utf8) + table).write(to: URL(filePath: folder.path + "/marked.csv"))
        #expect(try read("marked.csv") == Array(all[512...]))
        try generate(Self.loop + ["--output", "@all.wav"], in: folder)
        #expect(try read("all-0.wav") == Array(all[..<512]) && read("all-1.wav") == Array(all[512...]))
        // One batch element has the name itself; integers are rounded to their last place.
        for bits in [16, 24] {
            try generate(Self.loop + ["--output", "@one.wav", "--rows", "1:2", "--bits", "\(bits)"], in: folder)
            let place = Float(sign: .plus, exponent: 1 - bits, significand: 1)
            let worst = try zip(read("one.wav"), all[512...]).map { abs($0 - $1) }.max()
            #expect(try #require(worst) <= place && worst != 0)
        }
        #expect(!folder.contents.contains { $0.contains("partial") })
    }

    /// The header of a WAV file, from its specification; and a signal of several channels.
    @Test func wavesHaveChannelsRateAndBits() throws {
        let folder = try TemporaryFolder()
        let words = [
            Fixture.named("dance5_small").directory, "--scheduler", "IPNDMScheduler", "--steps", "1", "--length",
            "4096",
        ]
        try generate(words + ["--output", "@stereo.safetensors"], in: folder)
        for (bits, format) in [(16, 1), (24, 1), (32, 3)] {
            try generate(words + ["--output", "@stereo.wav", "--bits", "\(bits)"], in: folder)
            let bytes = [UInt8](try #require(FileManager.default.contents(atPath: folder.path + "/stereo.wav")))
            func number(_ place: Int, _ size: Int) -> Int {
                bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            #expect(bytes.starts(with: "RIFF".utf8) && bytes[8..<16].elementsEqual("WAVEfmt ".utf8))
            #expect(number(20, 2) == format && number(22, 2) == 2 && number(24, 4) == 16000 && number(34, 2) == bits)
            #expect(bytes.count >= 44 + 4096 * 2 * bits / 8)
        }
        try generate(words + ["--init", "@stereo.wav", "--strength", "0", "--output", "@read.safetensors"], in: folder)
        #expect(try sample("read.safetensors", in: folder) == sample("stereo.safetensors", in: folder))
    }

    /// Rows are those of the whole batch; a kept part stays to the bit, and the rest changes with the seed.
    @Test func rowsAndKeptParts() throws {
        let folder = try TemporaryFolder()
        try generate(Self.loop + ["--output", "@all.safetensors"], in: folder)
        let all = try sample("all.safetensors", in: folder)
        try generate(Self.loop + ["--output", "@row.safetensors", "--rows", "1:"], in: folder)
        #expect(try sample("row.safetensors", in: folder) == Array(all[512...]))
        try generate(
            Self.loop + [
                "--init", "@row.safetensors", "--keep", ":100", "--keep", "400:", "--resample", "2", "--seed", "4",
                "--output", "@kept.safetensors",
            ], in: folder)
        let kept = try sample("kept.safetensors", in: folder)
        for row in 0..<2 {
            let signal = kept[row * 512..<(row + 1) * 512]
            #expect(signal.prefix(100).elementsEqual(all[512..<612]) && signal.suffix(112).elementsEqual(all[912...]))
            #expect(!signal.dropFirst(100).prefix(300).elementsEqual(all[612..<912]))
        }
        // A length that is no multiple of the deepest level's positions, and seconds.
        try generate([Self.model, "--steps", "1", "--length", "500", "--output", "@a.safetensors"], in: folder)
        #expect(try sample("a.safetensors", in: folder).count == 500)
        try generate([Self.model, "--steps", "1", "--seconds", "1.5", "--output", "@a.safetensors"], in: folder)
        #expect(try sample("a.safetensors", in: folder).count == 270)
    }

    /// A line of JSON for each step, and nothing else.
    @Test func stepsAreLinesOfJSON() throws {
        struct Line: Decodable {
            struct Statistics: Decodable { let min, max, mean, std: Double }
            let index: Int
            let timestep: Double
            let sample, estimate: Statistics
        }
        let folder = try TemporaryFolder()
        let words = Self.loop + ["--output", "@a.safetensors", "--no-clamp", "--callback-format", "jsonl"]
        let output = try generate(words, in: folder)
        let lines = try output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(lines.map(\.index) == [0, 1, 2, 3] && lines[0].timestep == 1)
        let last = try #require(lines.last?.sample)
        let signal = try sample("a.safetensors", in: folder)
        #expect(Float(last.max) == signal.max() && Float(last.min) == signal.min())
        let mean = signal.reduce(0) { $0 + Double($1) } / 1024
        #expect(abs(last.mean - mean) < 1e-9 && last.std > 0)
        try Command(
            bash: #""$0" generate "$@" >/dev/full"#, words.map { $0.replacing("@", with: folder.path + "/new-") }
        )
        .expectFailure(mention: "standard output")
        #expect(folder.contents == ["a.safetensors"])
    }

    /// Loops with short forwards are near those without, and one of whole forwards alone is the same.
    @Test func shortForwardsAreNearWholeOnes() throws {
        let folder = try TemporaryFolder()
        let words = Self.loop + ["--output", "@x.safetensors", "--steps", "20"]
        try generate(words, in: folder)
        let whole = try sample("x.safetensors", in: folder)
        try generate(words + ["--short-levels", "4", "--whole-every", "1"], in: folder)
        #expect(try sample("x.safetensors", in: folder) == whole)
        try generate(words + ["--short-levels", "4"], in: folder)
        let short = try sample("x.safetensors", in: folder)
        #expect(1e-4..<1 ~= zip(short, whole).reduce(0) { max($0, abs($1.0 - $1.1)) })
    }

    /// A part of a position beyond what the levels halve makes the model run at the next length, as with diffusers.
    @Test func partsOfPositionsCount() throws {
        let folder = try TemporaryFolder()
        let words = [Self.model, "--steps", "2", "--output", "@x.safetensors", "--seconds"]
        func first(_ seconds: Double, _ more: [String]) throws -> [Float] {
            try generate(words + ["\(seconds / 180)"] + more, in: folder)
            return try sample("x.safetensors", in: folder)
        }
        let cut = try first(96.5, [])
        #expect(cut.count == 96)
        #expect(try first(128, []).prefix(96).elementsEqual(cut))
        #expect(try first(96, []) != cut)
    }

    @Test(arguments: [
        (["--output", "x.flac"], "--output"), (["--output", "/no/such/x.wav"], "/no/such/x.wav"), ([], "--output"),
        (["--output", "@x.wav", "--scheduler", "Foo"], "--scheduler: found Foo, expected one of IPNDMScheduler"),
        (["--output", "@x.wav", "--timestep-scale", "0"], "--timestep-scale"),
        (["--output", "@x.wav", "--short-levels", "6"], "short levels is 6, expected 1 to 5"),
        (["--output", "@x.wav", "--whole-every", "2"], "--short-levels, too"),
        (["--output", "@x.wav", "--short-levels", "1", "--whole-every", "0"], "--whole-every: found 0"),
        (["--output", "@x.wav", "--steps", "0"], "0 steps"), (["--output", "@x.wav", "--length", "40"], "at least 96"),
        (["--output", "@x.wav", "--length", "0"], "--length"), (["--output", "@x.wav", "--batch", "-1"], "--batch"),
        (["--output", "@x.wav", "--seconds", "1e300"], "--seconds"),
        (["--output", "@x.wav", "--seconds", "nan"], "--seconds"),
        (["--output", "@x.wav", "--seconds", "1", "--length", "512"], "one of the two"),
        (["--output", "@x.wav", "--length", "4000000000"], "at most 2147483648"),
        (["--output", "@x.wav", "--seed", "a"], "--seed"),
        (["--output", "@x.wav", "--batch", "40000"], "at most 1000 files"),
        (["--output", "@x.csv", "--bits", "16"], "--bits"),
        (["--output", "@x.wav", "--generator", "numpy"], "torch or philox"),
        (["--output", "@x.wav", "--bits", "8"], "--bits"),
        (["--output", "@x.wav", "--noise", "@short.csv"], "expected 1 × 1 × 512"),
        (["--output", "@x.wav", "--noise", "@none.npy"], "none.npy"),
        (["--output", "@x.wav", "--noise", "@bad.npy"], "bad.npy"),
        (["--output", "@x.wav", "--noise", "@bad.csv"], "\"x\" in line 2"),
        (["--output", "@x.wav", "--noise", "@bad.wav"], "bad.wav"),
        (["--output", "@x.wav", "--init", "@short.csv"], "--strength"),
        (["--output", "@x.wav", "--strength", "0.5"], "--init"),
        (["--output", "@x.wav", "--init", "@short.csv", "--strength", "2"], "--strength"),
        (["--output", "@x.wav", "--init", "@short.csv", "--strength", "0.5", "--length", "96"], "1 × 1 × 96"),
        (["--output", "@x.wav", "--init", "@short.csv", "--keep", "1:9", "--length", "96"], "--keep: found 1:9"),
        (["--output", "@x.wav", "--init", "@two.csv", "--keep", "1:", "--length", "96"], "1 channels"),
        (["--output", "@x.wav", "--rows", "1:3", "--batch", "2"], "--rows"),
        (["--output", "@x.wav", "--rows", "1"], "A:B"),
        (["--output", "@x.wav", "--plot", "@x.png"], "--plot"),
        (["--output", "@x.wav", "--above", "@two.csv"], "--plot"),
        (["--output", "@x.wav", "--callback-format", "xml"], "jsonl"),
        (["--output", "@x.wav", "--threads", "0"], "--threads"),
        (["--output", "@x.wav", "--subfolder", "none"], "none"),
    ])
    func failuresAreOneLineAndLeaveNothing(words: [String], mention: String) throws {
        let folder = try TemporaryFolder()
        for (name, text) in [
            ("short.csv", "1\n2\n"), ("two.csv", "1,2\n3,4\n"), ("bad.csv", "1\nx\n"), ("bad.npy", "x"),
            ("bad.wav", "x"),
        ] { try folder.write(text, to: name) }
        let before = folder.contents.sorted()
        let arguments = words.map { $0.replacing("@", with: folder.path + "/") }
        try Command(["generate", Self.model] + arguments).expectFailure(mention: mention)
        #expect(folder.contents.sorted() == before)
    }

    @Test func aSoundOfAnotherRateIsNotResampled() throws {
        let folder = try TemporaryFolder()
        let stereo = [Fixture.named("dance14_tiny").directory, "--scheduler", "IPNDMScheduler", "--steps", "1"]
        try generate(stereo + ["--length", "65536", "--output", "@a.wav"], in: folder)
        try Command(["generate", Self.model, "--init", folder.path + "/a.wav", "--strength", "1", "--output", "x.wav"])
            .expectFailure(mention: "found 16000 samples a second, expected 180")
    }

    @Test func modelsWithoutAScheduler() throws {
        let folder = try TemporaryFolder()
        let planner = Fixture.named("real_hopper_h32").directory
        try Command(["generate", planner, "--output", folder.path + "/x.npy"]).expectFailure(mention: "name it")
        try Command([
            "generate", planner, "--output", folder.path + "/x.npy", "--scheduler", "IPNDMScheduler", "--length", "33",
        ]).expectFailure(mention: "take 32 or")
        try Command([
            "generate", Fixture.named("real_value_h32").directory, "--output", folder.path + "/x.npy", "--scheduler",
            "IPNDMScheduler", "--length", "32",
        ]).expectFailure(mention: "[1, 1]")
        #expect(folder.contents.isEmpty)
    }

    /// A file that may not grow stands for a full disk. The smaller drawing would fit.
    @Test func aWriteThatFailsLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try Command(
            bash: #"ulimit -f 16; "$0" generate "$@""#,
            Self.loop + ["--output", folder.path + "/x.csv", "--plot", folder.path + "/x.svg"]
        ).expectFailure(mention: "x.csv: cannot be written: ")
        #expect(folder.contents.isEmpty)
    }

    /// A file that is no library stands for one that is not installed.
    @Test func withoutLibsndfileOtherFormsWork() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "lib/libsndfile.so.1")
        let environment = ["LD_LIBRARY_PATH": folder.path + "/lib"]
        try Command(["generate"] + Self.loop + ["--output", folder.path + "/x.wav"], environment: environment)
            .expectFailure(mention: "install Debian's package libsndfile1")
        let table = try Command(
            ["generate"] + Self.loop + ["--output", folder.path + "/x.csv"], environment: environment)
        #expect(table.status == 0 && folder.contents.sorted() == ["lib", "x.csv"])
    }

    /// Ctrl-C while the loop runs: its lines tell when it does.
    @Test func anInterruptEndsTheLoopAfterItsStep() throws {
        let folder = try TemporaryFolder()
        let line = #"""
            "$0" generate "$1" --steps 3000 --output "$2/x.wav" --plot "$2/x.svg" --callback-format jsonl --quiet >"$2/lines" &
            process=$!
            until [ -s "$2/lines" ]; do sleep 0.01; done
            kill -INT $process
            wait $process
            """#
        let command = try Command(bash: line, [Self.model, folder.path])
        #expect(command.status == 130 && command.errors.isEmpty, "\(command.errors)")
        #expect(folder.contents == ["lines"])
        let lines = try String(contentsOfFile: folder.path + "/lines", encoding: .utf8)
        #expect(lines.hasSuffix("}\n") && lines.split(separator: "\n").count < 3000)
    }
}
