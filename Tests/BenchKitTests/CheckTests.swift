@testable import BenchKit
import CKernels
import Checkpoint
import KernelChecks
import KernelDispatch
import KernelsReference
import Testing

/// The pieces of `check`, each with a fault that it must find.
@Suite struct CheckTests {
    /// The reference's kernels with a fault.
    private static func faulty(_ change: (inout kernel_table) -> Void) -> Implementation {
        var table = KernelsReference.kernelTable()
        change(&table)
        return Implementation(name: "faulty", isa: nil, table: table)
    }

    @Test func aWrongKernelFails() {
        let wrong = Self.faulty { $0.downsample = KernelsReference.kernelTable().upsample }
        let outcome = Check.kernels(wrong).result().outcome
        #expect(outcome.word == "FAIL")
        #expect(outcome.detail.hasPrefix("1 of ") && outcome.detail.contains("downsample"), "\(outcome)")
        #expect(Check.kernels(.reference).result().outcome.word == "ok")
    }

    @Test func aWrongForwardFails() throws {
        let models = [try CheckedModel("hopper-h32-b1")]
        let idle = Self.faulty { $0.combine = { _, _, _ in } }
        let outcome = Check.accuracy(idle, models: models).result().outcome
        #expect(outcome.word == "FAIL" && outcome.detail.contains("hopper-h32-b1, fast: off by"), "\(outcome)")
        #expect(Check.accuracy(.best, models: models).result().outcome.word == "ok")
    }

    private static let processes: [(wrote: String, outcomes: [String])] = [
        (
            "first_faults=0\nlater_faults=0\nfirst_heap_calls=0\nlater_heap_calls=0\nsystem_call=-1\n",
            ["ok", "ok", "ok"]
        ),
        (
            "first_faults=1\nlater_faults=0\nfirst_heap_calls=0\nlater_heap_calls=2\nsystem_call=00202\n",
            [Warnings.isDebugBuild ? "warning" : "FAIL", "FAIL", "FAIL"]
        ),
        ("first_faults=0\nlater_faults=0\nfilter_refusal=1\n", ["skipped", "ok", "skipped"]),
        // A build with a sanitizer.
        ("first_faults=3\nlater_faults=1\nsystem_call=131\n", ["skipped", "skipped", "skipped"]),
        (
            "first_faults=0\nlater_faults=0\nfirst_heap_calls=0\nlater_heap_calls=0\n", ["ok", "ok", "skipped"]
        ),
        ("", ["error", "error", "error"]),
    ]

    @Test(arguments: processes.indices) func whatAProcessTells(index: Int) {
        let (wrote, outcomes) = Self.processes[index]
        let results = ForwardsAlone.results(ForwardsAlone.counts(wrote), end: "it ended", workers: 1)
        #expect(results.map(\.outcome.word) == outcomes)
        #expect(results.map(\.name).first == "no heap calls, 1 worker")
    }

    @Test(arguments: [
        (["avx2": 2.0, "avx512": 1.0], "ok"), (["avx2": 0.98, "avx512": 1.0], "ok"),
        (["avx2": 0.9, "avx512": 1.0], "warning"),
    ])
    func theFastestInstructionSetIsAdvised(milliseconds: [String: Double], word: String) {
        let outcome = Check.verdict(
            milliseconds.map { ($0.key, $0.value) }, chosen: "avx512", workers: 2, model: "model")
        #expect(outcome.word == word)
        #expect(outcome.detail.contains("avx512 is chosen; model with 2 workers: "))
        #expect((outcome.advice?.contains("--isa avx2") == true) == (word == "warning"))
    }

    @Test(arguments: [("always [madvise] never\n", "ok"), ("always madvise [never]\n", "warning"), ("", "skipped")])
    func hugePages(text: String, word: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "sys/kernel/mm/transparent_hugepage/enabled")
        #expect(Check.hugePages(root: folder.path).result().outcome.word == word)
    }

    private static let endings: [(outcomes: [CheckOutcome], status: Int32, text: String)] = [
        ([.ok("well"), .skipped("no way")], 0, "Everything that was checked holds"),
        ([.ok("well"), .warning("slow", advice: "wait")], 0, "No promise is broken"),
        ([.ok("well"), .error("no memory")], 2, "Not everything could be checked"),
        ([.failed("wrong"), .error("no memory")], 1, "please report it"),
    ]

    @Test(arguments: endings.indices) func anEnding(index: Int) {
        let (outcomes, status, text) = Self.endings[index]
        let report = CheckReport(
            host: FixedReports.host, instructionSets: ["generic"], multipliesBFloat: false,
            results: outcomes.map { CheckResult(group: .promises, name: "a name", outcome: $0) },
            isInterrupted: false, seconds: 1.25)
        #expect(report.status == status)
        #expect(report.plainText.contains(text))
        for outcome in outcomes {
            #expect(report.plainText.contains("\(outcome.word)"))
            #expect(report.plainText.contains(outcome.detail) && report.markdown.contains(outcome.detail))
            guard let advice = outcome.advice else { continue }
            #expect(report.plainText.contains(advice) && report.markdown.contains(advice))
        }
        #expect(report.markdown.contains(FixedReports.host.cpu))
    }
}

/// `check` of the built command. A sanitizer's memory faults pages of its own.
@Suite(.serialized, .enabled(if: HeapCalls.count != nil)) struct CheckCommandTests {
    /// As soon as it heeds SIGINT, every process of it gets one, as from a terminal.
    @Test func afterCtrlCThereIsAReport() throws {
        let line = #"""
            setsid "$0" check --format json &
            process=$!
            until grep -q '^SigCgt:.*[2367abef]$' /proc/$process/status; do
                kill -0 $process || exit 1
                sleep 0.01
            done
            kill -INT -- -$process
            wait $process
            """#
        let command = try Command(bash: line, [])
        #expect(command.status == 130 && command.errors.isEmpty, "\(command.errors)")
        try ReportSchemaTests.check(command.output, "CheckReport")
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        #expect(json["interrupted"] == .bool(true) && json["passed"] == .bool(true))
        let skipped = json["counts"]?["skipped"]
        #expect(skipped != .integer(0) && skipped != nil && json["counts"]?["error"] == .integer(0))
    }

    @Test func theMachineIsChecked() throws {
        let command = try Command(["check", "--format", "json"])
        #expect(command.status == 0, "\(command.output)\(command.errors)")
        #expect(command.errors.isEmpty)
        try ReportSchemaTests.check(command.output, "CheckReport")
        let json = try JSONReader.read(Array(command.output.utf8), file: "report")
        #expect(json["schema"] == .string("unet1d-check/1") && json["passed"] == .bool(true))
        #expect(json["host"]?["cpu"] != nil && json["instruction_sets"] != nil && json["elapsed_s"] != nil)
        guard case .array(let checks)? = json["checks"] else {
            Issue.record("no checks")
            return
        }
        func outcomes(_ group: String, _ name: String) -> [String] {
            checks.compactMap { check in
                guard case .string(let found)? = check["name"], found.hasPrefix(name),
                    check["group"] == .string(group), case .string(let outcome)? = check["outcome"]
                else { return nil }
                return outcome
            }
        }
        for isa in ISA.allCases {
            let expected = isa.isAvailable ? "ok" : "skipped"
            #expect(outcomes("kernels", isa.rawValue) == [expected], "\(isa)")
            #expect(outcomes("accuracy", isa.rawValue) == (isa.isAvailable ? ["ok"] : []), "\(isa)")
        }
        for name in ["equal bits", "NaN stays NaN", "no page faults, 1"] {
            #expect(outcomes("promises", name) == ["ok"], "\(name)")
        }
        // Swift takes memory in debug builds where it does not in others.
        #expect(outcomes("promises", "no heap calls, 1") == [Warnings.isDebugBuild ? "warning" : "ok"])
        for (group, name) in [
            ("promises", "no system calls, 1"), ("speed", "instruction set"), ("machine", "steadiness"),
            ("machine", "huge pages"),
        ] {
            #expect(outcomes(group, name).count == 1, "\(name)")
        }
    }

    @Test(arguments: [("markdown", "| ok | kernels: generic | "), ("csv", "group,name,outcome,detail,advice\n")])
    func quickChecksInOtherFormats(format: String, expected: String) throws {
        let command = try Command(["check", "--quick", "--format", format])
        #expect(command.status == 0, "\(command.output)\(command.errors)")
        #expect(command.output.contains(expected))
        #expect(command.output.contains("--quick"))
    }

    @Test(arguments: [(["--format", "jsonl"], "for a check"), (["--output", "/no/such/folder/x"], "/no/such/folder")])
    func badArgumentsAreOneLine(arguments: [String], mention: String) throws {
        try Command(["check"] + arguments).expectFailure(mention: mention)
    }
}
