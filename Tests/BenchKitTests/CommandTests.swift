import Checkpoint
import Foundation
import TestSupport
import Testing

/// Flags, formats and failures of the built command.
@Suite(.serialized) struct CommandTests {
    @Test(arguments: [
        (["rnu"], "--help lists the commands"), (["run", "/some/model"], "--model names a model"),
        (["run", "--model", "/x/config.json"], "--model: found /x/config.json, expected the folder that it is in"),
        (["--foo"], "--foo"), (["compare"], "<base>"), (["run", "--threads", "0"], "--threads"),
        (["run", "--threads", "two"], "two"), (["run", "--isa", "sse"], "sse"), (["run", "--timestep"], "--timestep"),
        (["run", "--format", "xml"], "text, json"), (["run", "--machine", "m"], "--machine"),
        (["run", "--trace", ""], "--trace '': "), (["run", "--trace", "/no/such/folder/t"], "/no/such/folder"),
        (["run", "--trace", "t", "--output", "t"], "--trace: found t, expected another file"),
        (["run", "--precision", "bf8"], "bf16"),
        (["run", "--numa", "everywhere"], "everywhere"), (["run", "--iterations", "0"], "--iterations"),
        (["run", "--turns", "0"], "--turns: found 0, expected 1 to"), (["run", "--period", "-1"], "--period"),
        (["run", "--steps", "0"], "--steps: found 0, expected 1 or more"),
        (["run", "--scheduler", "DDIMScheduler"], "--scheduler: found DDIMScheduler, expected a number of --steps"),
        (["run", "--steps", "2", "--scheduler", "ddim"], "IPNDMScheduler, DDIMScheduler"),
        (["run", "--steps", "2", "--scheduler", "/no/such.json"], "/no/such.json"),
        (["run", "--steps", "2", "--scheduler", ""], "--scheduler '': "),
        (["run", "--turns", "2"], "--turns: found 2 with the report on standard output"),
        (["run", "--spin", "-1"], "--spin"), (["run", "--percentiles", "50,100"], "--percentiles: found 50,100"),
        (["run", "--batch", "0"], "--batch"), (["run", "--length", "17"], "17"),
        (["run", "--batch", "4194304", "--length", "64"], "positions"),
        (["run", "--length", "1000000000"], "positions"),
        (["plan", "--length", "9000000000000000000"], "--length"),
        (["plan", "--batch", "2147483648", "--length", "2147483648"], "positions"),
        (["plan", "--profile", "nope"], "nope"), (["plan", "--profile", "/no/such.json"], "/no/such.json"),
        (["plan", "--model", "/no/such"], "/no/such"), (["run", "--format", "svg"], "svg"),
        (["run", "--output", "/no/such/folder"], "/no/such/folder"), (["verify"], "--model"),
        (["verify", "--model", "/no", "--tensors", "x"], "/no"), (["profiles", "--format", "svg"], "svg"),
        (["forward", "--model", "x", "--tensors", "y"], "--output"),
        (["plan", "--threads", "257"], "1 to 256"), (["plan", "--model", ""], "--model '': "),
        (["verify", "--model", "", "--tensors", "x"], "--model '': "), (["plan", "--profile", ""], "--profile '': "),
        (["plan", "--output", ""], "--output '': "), (["plan", "--isa", ""], "--isa '': "),
        (["plan", "--machine", ""], "--machine '': "), (["plan", "--threads", ""], "''"),
        (["run", "--spin", ""], "--spin '': "), (["plan", "--format", ""], "--format '': "),
        (["verify", "--model", Fixture.named("value_small").directory, "--tensors", ""], "--tensors '': "),
    ])
    func badArgumentsAreOneLine(arguments: [String], mention: String) throws {
        try Command(arguments).expectFailure(mention: mention)
    }

    @Test(arguments: [["--help"], ["--version"], ["help", "run"], ["verify", "--help"]])
    func helpIsNoFailure(arguments: [String]) throws {
        let command = try Command(arguments)
        #expect(command.status == 0)
        #expect(!command.output.isEmpty)
        #expect(command.errors.isEmpty)
    }

    @Test(arguments: ["--help", "--version", "profiles"]) func standardOutputIsChecked(argument: String) throws {
        try Command(bash: #""$0" "$1" >/dev/full"#, [argument]).expectFailure(mention: "standard output")
        // A reader that went away is no failure.
        let pipe = try Command(bash: #"{ sleep 0.2; "$0" "$1"; echo "status $?" >&2; } | true"#, [argument])
        #expect(pipe.errors == "status 0\n")
    }

    @Test func aFileThatMayNotGrowLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try Command(bash: #"ulimit -f 1; "$0" plan --output "$1""#, [folder.path + "/plan"])
            .expectFailure(mention: folder.path)
        #expect(folder.contents.isEmpty)
    }

    @Test func aSymbolicLinkStaysAndItsFileIsWritten() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "files/old.txt")
        for name in ["old.txt", "new.txt"] {
            let link = folder.path + "/" + name
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "files/" + name)
            #expect(try Command(["profiles", "--output", link]).status == 0)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "files/" + name)
            #expect(try String(contentsOfFile: folder.path + "/files/" + name, encoding: .utf8).contains("default"))
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/loop", withDestinationPath: "loop")
        try Command(["profiles", "--output", folder.path + "/loop"]).expectFailure(mention: "symbolic links")
    }

    /// In the least address space, to 4 MB, that a forward runs in, there is no room to evict caches.
    @Test func withoutMemoryTheMachineIsNotProbed() throws {
        let command = try Command(
            bash: #"""
                export SWIFT_BACKTRACE=enable=no
                ulimit -c 0
                run="$0 run --length 256 --iterations 1 --warmup 0 --threads 1 --format json"
                for kilobytes in $(seq 24000 4000 600000); do
                    if report=$(ulimit -v "$kilobytes"; $run 2>/dev/null); then
                        echo "$report"
                        ulimit -v "$kilobytes"
                        $run --cold
                        exit $?
                    fi
                done
                """#)
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        #expect(json["host"]?["bandwidth_gbs"] == .null)
        #expect(json["samples_ms"] != nil)
        #expect(command.status == 2)
        #expect(command.errors.contains("error: --cold: no memory to evict the caches"), "\(command.errors)")
    }

    @Test func runReportsWhatWasAskedFor() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/report.json"
        let command = try Command([
            "--profile", "hopper-h32-b1", "--format", "json", "--output", path, "--iterations", "7", "--warmup", "1",
            "--threads", "2", "--isa", "generic", "--batch", "2", "--length", "16", "--timestep", "-0.25", "--period",
            "1", "--deadline", "0.001", "--spin", "0", "--accuracy", "strict", "--numa", "off", "--quiet",
        ])
        #expect(command.status == 0, "\(command.errors)")
        #expect(command.output.isEmpty && command.errors.isEmpty)
        #expect(folder.contents == ["report.json"])
        let json = try JSONReader.read(Array(try Data(contentsOf: URL(filePath: path))), file: path)
        for (key, value) in [
            ("profile", JSONValue.string("hopper-h32-b1")), ("model", .null), ("iterations", .integer(7)),
            ("threads", .integer(2)), ("isa", .string("generic")), ("batch", .integer(2)), ("length", .integer(16)),
            ("timestep", .double(-0.25)), ("deadline_misses", .integer(7)), ("spin_us", .integer(0)),
            ("accuracy", .string("strict")), ("period_ms", .integer(1)), ("heap_allocations_per_forward", .integer(0)),
        ] {
            #expect(json[key] == value, "\(key)")
        }
        guard case .array(let samples)? = json["samples_ms"] else {
            Issue.record("no samples")
            return
        }
        #expect(samples.count == 7)
        // Beyond the first forward the only faults left are those of a process that starts.
        #expect(json["page_faults_per_forward"]?.isSmall == true)
    }

    @Test func aCheckpointRunsColdInText() throws {
        let command = try Command([
            "run", "--model", Fixture.named("real_value_h32").directory, "--batch", "2", "--iterations", "2",
            "--cold", "--warmup", "0", "--threads", "1",
        ])
        #expect(command.status == 0, "\(command.errors)")
        for word in ["latency ", "throughput", "memory", "slowest", "caches cold", "2 forwards"] {
            #expect(command.output.contains(word), "\(word)")
        }
        #expect(command.errors.isEmpty)
    }

    @Test(arguments: [
        (["--profile", "hopper-h32-b1"], "IPNDMScheduler", false),
        (["--profile", "hopper-h32-b1", "--scheduler", "DDIMScheduler"], "DDIMScheduler", false),
        (["--model", Fixture.root + "/../../Profiles/Models/ecg-512", "--length", "96"], "IPNDMScheduler", true),
    ])
    func loopsAreMeasured(arguments: [String], scheduler: String, hasRate: Bool) throws {
        let command = try Command(
            ["run", "--steps", "3", "--iterations", "2", "--warmup", "0", "--threads", "1", "--format", "json"]
                + arguments)
        #expect(command.status == 0, "\(command.errors)")
        let loop = try #require(try JSONReader.read(Array(command.output.utf8), file: "report")["loop"])
        #expect(loop["scheduler"] == .string(scheduler))
        #expect(loop["steps"] == .integer(3) && loop["loops"] == .integer(2))
        #expect((loop["audio_seconds_per_second"] != .null) == hasRate)
        guard case .double(let ratio)? = loop["loop_over_forwards"] else {
            Issue.record("no ratio")
            return
        }
        #expect(ratio > 1)
    }

    @Test func gradientsAreMeasured() throws {
        let command = try Command(
            ["run", "--profile", "value-h32-b1", "--gradient", "--iterations", "2", "--warmup", "0", "--threads", "1"]
                + ["--format", "json"])
        #expect(command.status == 0, "\(command.errors)")
        let report = try JSONReader.read(Array(command.output.utf8), file: "report")
        let gradient = try #require(report["gradient"])
        #expect(gradient["gradients"] == .integer(2))
        guard case .integer(let arena)? = gradient["arena_bytes"],
            case .integer(let bound)? = gradient["arena_lower_bound_bytes"],
            case .double(let ratio)? = gradient["over_forward"]
        else {
            Issue.record("no figures")
            return
        }
        #expect(arena >= bound && bound > 0 && ratio > 0)
    }

    @Test func aModelWithoutSampleHasNoLoop() throws {
        try Command(["run", "--profile", "value-h32-b1", "--steps", "2"]).expectFailure(mention: "output")
    }

    @Test func planTellsWhatIsLocal() throws {
        let command = try Command(["plan", "--profile", "hopper-h32-b1", "--topology", "2x2", "--numa", "interleave"])
        #expect(command.status == 0, "\(command.errors)")
        #expect(command.output.contains("run         4 workers"))
        #expect(command.output.contains("2 memory nodes, policy interleave; local of "))
        let wrong = try Command(["plan", "--topology", "2by2"])
        #expect(wrong.status == 2 && wrong.errors.hasPrefix("error: --topology: found 2by2"), "\(wrong.errors)")
    }

    @Test func runReportsPlacement() throws {
        let command = try Command([
            "run", "--profile", "value-h32-b1", "--iterations", "2", "--warmup", "0", "--numa", "interleave",
            "--format",
            "json", "--threads", "2",
        ])
        #expect(command.status == 0, "\(command.errors)")
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        #expect(json["numa"] == .string("interleave"))
        let placement = try #require(json["placement"])
        for key in ["affinity", "pinning", "huge_pages", "huge_page_bytes", "mlock", "numa"] {
            #expect(placement[key] != nil, "\(key)")
        }
        guard case .integer(let asked)? = placement["numa"]?["memory"]?["pages_asked"] else {
            Issue.record("no pages were asked for")
            return
        }
        #expect(asked > 0)
    }

    /// The probe streams what the forward streams and multiplies about as often; its figures are beside the forward's.
    @Test(arguments: [["--threads", "1"], ["--threads", "2", "--period", "2", "--cold"]])
    func aProbeAlternatesWithTheForwards(flags: [String]) throws {
        let arguments = ["--profile", "hopper-h32-b1", "--format", "json"]
        let command = try Command(["run", "--probe", "--iterations", "250", "--warmup", "2"] + arguments + flags)
        #expect(command.status == 0, "\(command.errors)")
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        let probe = try #require(json["probe"])
        for key in ["p50", "p90", "p99", "max"] {
            #expect(probe["latency_ms"]?[key]?.number != nil && json["latency_ms"]?[key]?.number != nil, "\(key)")
        }
        #expect(probe["switched_out"]?.number != nil && json["switched_out"]?.number != nil)

        let plan = try JSONReader.read(Array(try Command(["plan"] + arguments).output.utf8), file: "plan")
        guard case .array(let operations)? = plan["operations"] else {
            Issue.record("no operations")
            return
        }
        func sum(_ keys: [String]) -> Double {
            operations.reduce(0) { sum, operation in keys.reduce(sum) { $0 + (operation[$1]?.number ?? 0) } }
        }
        let streamed = sum(["bytes_read", "bytes_written"])
        let bytes = try #require(probe["bytes"]?.number)
        // All packed weights, also the few bytes of them that no tile reads.
        #expect(abs(bytes - streamed) <= streamed / 100, "\(bytes) of \(streamed)")
        // Whole rows: half a row of three is a sixth.
        let products = sum(["products"])
        let multiplyAdds = try #require(probe["multiply_adds"]?.number)
        #expect(abs(multiplyAdds - products) <= products / 5, "\(multiplyAdds) of \(products)")
    }

    @Test func turnsAreTakenWithOtherPrograms() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/report.json"
        let command = try Command(
            bash: #"printf 'go\ngo\n' | "$0" run --profile hopper-h32-b1 --threads 1 --iterations 5 --turns 2 "#
                + #"--probe --format json --output "$1""#, [path])
        #expect(command.status == 0, "\(command.errors)")
        // The third turn begins at once, as there is nobody left to wait for.
        #expect(command.output == "turn\nturn\nturn\n")
        let json = try JSONReader.read(Array(try Data(contentsOf: URL(filePath: path))), file: path)
        #expect(json["iterations"] == .integer(5) && json["interference"] == .null)
    }

    @Test func planNeedsTheConfigurationOnly() throws {
        let folder = try TemporaryFolder()
        let fixture = Fixture.named("default_3level")
        try FileManager.default.copyItem(
            atPath: fixture.directory + "/config.json", toPath: folder.path + "/config.json")
        let arguments = ["plan", "--model", folder.path, "--length", "64"]
        let text = try Command(arguments)
        #expect(text.status == 0, "\(text.errors)")
        #expect(text.output.contains("down_blocks.0"))
        let json = try Command(arguments + ["--format", "json"])
        let plan = try JSONReader.read(Array(json.output.utf8), file: "plan")
        guard case .string(let id)? = plan["plan_id"] else {
            Issue.record("no plan_id")
            return
        }
        #expect(text.output.contains(id))
        let other = try Command(arguments + ["--format", "json", "--threads", "3"])
        #expect(other.output.contains(id), "the plan depends on the number of workers")
    }

    @Test func profilesListsFilesAndWhatIsCompiledIn() throws {
        let folder = try TemporaryFolder()
        try folder.write("{", to: "Workloads/broken.json")
        let command = try Command(["profiles"], environment: ["UNET1D_PROFILES": folder.path])
        #expect(command.status == 0)
        #expect(command.output.contains("small-8192-b1 (default)"))
        #expect(command.output.contains("broken"))
    }
}

extension JSONValue {
    /// An integer or any other number.
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// Whether it is a number below one.
    fileprivate var isSmall: Bool {
        switch self {
        case .integer(let value): value == 0
        case .double(let value): value < 1
        default: false
        }
    }
}
