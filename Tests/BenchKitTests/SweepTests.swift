import Checkpoint
import Foundation
import Testing

/// Several rows, loads and Ctrl-C, through the built command.
@Suite(.serialized) struct SweepTests {
    private static let small = [
        "run", "--profile", "hopper-h32-b1", "--warmup", "0", "--threads", "1", "--format", "json",
    ]

    private static func read(_ text: String) throws -> JSONValue {
        try JSONReader.read(Array(text.utf8), file: "report")
    }

    private static func list(_ value: JSONValue?) -> [JSONValue] {
        if case .array(let values)? = value { values } else { [] }
    }

    /// A combination that cannot run keeps none of the others from running.
    @Test func everyCombinationIsARow() throws {
        let command = try Command(Self.small + ["--iterations", "25", "--batch", "1,2", "--length", "16,17"])
        #expect(command.status == 0, "\(command.errors)")
        let sweep = try Self.read(command.output)
        #expect(sweep["schema"] == .string("unet1d-sweep/1"))
        #expect(Self.list(sweep["parameters"]) == [.string("batch"), .string("length")])
        let rows = Self.list(sweep["rows"])
        #expect(rows.map { $0["batch"] } == [.integer(1), .integer(2)])
        #expect(rows.allSatisfy { $0["length"] == .integer(16) && $0["iterations"] == .integer(25) })
        #expect(rows.allSatisfy { !Self.list($0["operations"]).isEmpty && $0["schema"] == .string("unet1d-bench/1") })
        let failures = Self.list(sweep["failures"])
        #expect(failures.map { $0["batch"] } == [.string("1"), .string("2")])
        for failure in failures {
            guard case .string(let reason)? = failure["error"] else {
                Issue.record("no reason")
                continue
            }
            #expect(failure["length"] == .string("17") && reason.contains("17"))
        }
    }

    @Test func theTableBeginsWithWhatVaries() throws {
        let command = try Command([
            "run", "--profile", "hopper-h32-b1,value-h32-b1", "--iterations", "3", "--warmup", "0", "--spin", "0,20",
            "--threads", "1",
        ])
        #expect(command.status == 0, "\(command.errors)")
        let lines = command.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let head = try #require(lines.firstIndex { $0.starts(with: ["profile", "spin", "forwards"]) })
        #expect(
            lines[(head + 1)...(head + 4)].map { Array($0.prefix(3)) } == [
                ["hopper-h32-b1", "0", "3"], ["hopper-h32-b1", "20", "3"], ["value-h32-b1", "0", "3"],
                ["value-h32-b1", "20", "3"],
            ])
    }

    @Test(arguments: [
        (["--length", "17,19"], "17"), (["--threads", "1,,2"], "--threads: found 1,,2"),
        (["--threads", "4-1"], "--threads: found 4-1"),
        (["--batch", "1,2", "--turns", "2", "--output", "x"], "--turns"),
        (["--batch", "1-2000"], "1000"), (["--resume", "/no/such/state"], "--resume"),
        (["--batch", "1,2", "--resume", "/no/such/state"], "/no/such/state"), (["--isa", "generic,sse"], "sse"),
        (["--load", "server"], "single-stream, poisson, saturation"), (["--load", "poisson"], "--rate"),
        (["--rate", "10"], "--load poisson"), (["--load", "poisson", "--rate", "0"], "--rate: found 0"),
        (["--load", "saturation", "--rate", "5"], "--rate"), (["--load", "saturation", "--period", "5"], "--period"),
        (["--find-rate", "99"], "--deadline"), (["--find-rate", "101", "--deadline", "5"], "50 to 99.99"),
        (["--find-rate", "99", "--deadline", "5", "--iterations", "100"], "299 or more"),
    ])
    func badListsAndLoadsAreOneLine(arguments: [String], mention: String) throws {
        // A combination that cannot run is a row of its own where others can.
        let command = try Command(Self.small + ["--iterations", "2"] + arguments)
        if arguments == ["--isa", "generic,sse"] {
            #expect(command.status == 0 && command.output.contains(mention))
        } else {
            command.expectFailure(mention: mention)
        }
    }

    /// A sweep that is ended goes on with what lacks; Ctrl-C and SIGTERM write what there is.
    @Test(arguments: ["KILL", "INT", "TERM"]) func aSweepGoesOn(signal: String) throws {
        let status = ["KILL": 137, "INT": 130, "TERM": 143][signal] ?? 0
        let folder = try TemporaryFolder()
        let flags = Self.small + ["--batch", "1,2", "--iterations", "40", "--period", "10", "--resume"]
        let line = #"""
            "$0" "${@:3}" "$1/state" --output "$1/first.json" &
            process=$!
            until [ "$(cat "$1/state" 2>/dev/null | wc -l)" -ge 4 ]; do sleep 0.01; done
            kill -$2 $process
            wait $process
            echo "status $?"
            cp "$1/state" "$1/before"
            "$0" "${@:3}" "$1/state" --output "$1/second.json"
            """#
        let command = try Command(bash: line, [folder.path, signal] + flags)
        #expect(command.status == 0, "\(command.errors)")
        #expect(command.output == "status \(status)\n")
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
        }
        let before = try text("before").split(separator: "\n")
        let after = try text("state").split(separator: "\n")
        #expect(before.count < after.count && after.starts(with: before.dropLast()))
        let second = try Self.read(try text("second.json"))
        #expect(second["interrupted"] == .bool(false))
        #expect(Self.list(second["rows"]).map { $0["iterations"] } == [.integer(40), .integer(40)])
        // Slices of four forwards: those of the first process are among the samples.
        let measured = try after.dropFirst().reduce(0) {
            try $0 + Self.list(Self.read(String($1))["forwards_ns"]).count
        }
        #expect(measured == 80)
        if signal == "KILL" {
            #expect(!folder.contents.contains("first.json"))
            return
        }
        let first = try Self.read(try text("first.json"))
        #expect(first["interrupted"] == .bool(true) && Self.list(first["rows"]).count == 2)
        #expect(
            Self.list(first["rows"]).allSatisfy { $0["interrupted"] == .bool(true) && $0["iterations"] != .integer(40) }
        )
    }

    @Test func theStateOfAnotherSweepIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("{}\n", to: "state")
        try Command(Self.small + ["--batch", "1,2", "--resume", folder.path + "/state"]).expectFailure(
            mention: "--resume")
        #expect(try String(contentsOfFile: folder.path + "/state", encoding: .utf8) == "{}\n")
    }

    /// A process that waits for its second turn has measured one forward; it measures another one when its turn comes. Two
    /// signals at once are one interrupt.
    @Test func aFirstInterruptWritesTheReportAndASecondOneDoesNot() throws {
        let line = #"""
            mkfifo "$1/turn"
            "$0" "${@:3}" --turns 1 --iterations 1000 --output "$1/report.json" <"$1/turn" >"$1/turns" &
            process=$!
            exec 3>"$1/turn"
            echo >&3
            until [ "$(cat "$1/turns" | wc -l)" -ge 2 ]; do sleep 0.01; done
            if [ "$2" = twice ]; then
                while kill -INT $process 2>/dev/null; do sleep 0.01; done
            else
                kill -INT $process
                sleep 0.05
                kill -TERM $process
            fi
            exec 3>&-
            wait $process
            """#
        for times in ["once", "twice"] {
            let folder = try TemporaryFolder()
            let command = try Command(bash: line, [folder.path, times] + Self.small)
            #expect(command.status == 130, "\(command.errors)")
            let hasReport = folder.contents.contains("report.json")
            #expect(hasReport == (times == "once"))
            guard hasReport else { continue }
            let report = try Self.read(try String(contentsOfFile: folder.path + "/report.json", encoding: .utf8))
            #expect(report["interrupted"] == .bool(true) && report["iterations"] == .integer(2))
            guard case .string(let warning)? = Self.list(report["warnings"]).first else {
                Issue.record("no warning")
                continue
            }
            #expect(warning.hasPrefix("interrupted: "))
        }
    }

    @Test func anInterruptBeforeTheFirstForwardEndsAtOnce() throws {
        let folder = try TemporaryFolder()
        let line = #"""
            "$0" "${@:2}" --duration 600 --output "$1/report.json" &
            process=$!
            while kill -INT $process 2>/dev/null; do sleep 0.005; done
            wait $process
            """#
        let command = try Command(bash: line, [folder.path] + Self.small)
        #expect(command.status == 130 && command.errors.isEmpty && folder.contents.isEmpty, "\(command.errors)")
    }

    @Test(arguments: [
        (["--load", "single-stream"], "single-stream"), (["--load", "saturation"], "saturation"),
        (["--load", "poisson", "--rate", "400"], "poisson"),
    ])
    func aLoadIsServed(flags: [String], kind: String) throws {
        let command = try Command(Self.small + flags + ["--iterations", "30", "--deadline", "10000"])
        #expect(command.status == 0, "\(command.errors)")
        let load = try #require(try Self.read(command.output)["load"])
        #expect(load["kind"] == .string(kind) && load["queries"] == .integer(30))
        #expect(load["deadline_misses"] == .integer(0) && load["unserved"] == .integer(0))
        #expect(load["latency_ms"]?["p50"] != nil && load["service_ms"]?["p50"] != nil)
        #expect(load["greatest_queue"] == .integer(kind == "saturation" ? 29 : 0) || kind == "poisson")
    }

    @Test func theGreatestRateIsReported() throws {
        let command = try Command(Self.small + ["--find-rate", "50", "--deadline", "1000", "--iterations", "20"])
        #expect(command.status == 0, "\(command.errors)")
        let search = try #require(try Self.read(command.output)["load"]?["search"])
        #expect(search["queries_per_trial"] == .integer(20) && search["confidence"] == .double(0.95))
        #expect(Self.list(search["trials"]).count >= 6)
    }
}
