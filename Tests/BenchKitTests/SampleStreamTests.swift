@testable import BenchKit
import Checkpoint
import Foundation
import Testing

/// Times that are written as lines while they are measured.
@Suite struct SampleStreamTests {
    /// The time of a forward: all differ.
    private static func nanoseconds(_ forward: Int) -> UInt64 { 250_000 + UInt64(forward * 7919 % 100_003) }

    private static func feed(_ samples: inout Samples, _ count: Int) throws {
        for forward in 0..<count {
            samples.add(Stopwatch.Reading(nanoseconds: nanoseconds(forward), switchedOut: forward % 10 == 0))
            try samples.writeWholeChunk()
        }
        try samples.writeRest()
    }

    /// What 100 000 forwards leave in memory is what there was before them; the file has them all.
    @Test func memoryIsBounded() throws {
        let (folder, count) = (try TemporaryFolder(), 100_000)
        let file = folder.path + "/run.jsonl"
        let stream = try SampleStream(to: file)
        var samples = Samples(capacity: 10_000_000, deadline: 0.3, stream: stream)
        let before = samples.keptBytes
        try Self.feed(&samples, count)
        let (after, late, isEmpty) = (samples.keptBytes, samples.late, samples.milliseconds.isEmpty)
        #expect(before == after && after < 1 << 20 && isEmpty)
        // Nothing has the name before the run's line is there.
        #expect(!FileManager.default.fileExists(atPath: file))
        try stream.finish(FixedReports.run)
        let lines = Array(try Data(contentsOf: URL(filePath: file))).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == count + 1 && folder.contents == ["run.jsonl"])
        func line(_ index: Int) -> String { String(decoding: lines[index], as: UTF8.self) }
        for forward in [0, 1023, 1024, 65_536, count - 1] {
            #expect(line(forward) == #"{"run":0,"forward":\#(forward),"ms":0.\#(Self.nanoseconds(forward))}"#)
        }
        #expect(line(count).hasPrefix(#"{"run":0,"report":{"schema":"unet1d-bench/1","#))

        let times = (0..<count).map { Double(Self.nanoseconds($0)) / 1e6 }
        let (exact, timings) = (Statistics(times), samples.forwardTimings)
        #expect(timings.latency.count == count && timings.switchedOut == count / 10)
        #expect(late == times.count { $0 > 0.3 })
        #expect(timings.latency.min == exact.min && timings.latency.max == exact.max)
        for (found, expected) in zip(timings.latency.chosen, exact.chosen) {
            let (found, expected) = (try #require(found.value), try #require(expected.value))
            #expect(abs(found - expected) <= expected / 2000)
        }
    }

    /// As long as all times are kept, percentiles are theirs.
    @Test(arguments: [1, SampleStream.chunk - 1, SampleStream.chunk, SampleStream.chunk + 1, Samples.keptBesideStream])
    func whatIsKeptIsExact(count: Int) throws {
        let folder = try TemporaryFolder()
        let stream = try SampleStream(to: folder.path + "/run.jsonl")
        var samples = Samples(capacity: 10_000_000, stream: stream)
        try Self.feed(&samples, count)
        let times = (0..<count).map { Double(Self.nanoseconds($0)) / 1e6 }
        let (kept, latency) = (samples.milliseconds, samples.forwardTimings.latency)
        #expect(kept == times && latency == Statistics(times))
        try stream.finish(FixedReports.run)
        let text = try String(contentsOfFile: folder.path + "/run.jsonl", encoding: .utf8)
        #expect(text.split(separator: "\n").count == count + 1)
    }

    @Test func whatNeverEndsLeavesNoFile() throws {
        let folder = try TemporaryFolder()
        do {
            var samples = Samples(capacity: 5000, stream: try SampleStream(to: folder.path + "/run.jsonl"))
            try Self.feed(&samples, 3000)
            #expect(folder.contents.count == 1)
        }
        #expect(folder.contents.isEmpty)
    }

    private static let run = [
        "run", "--profile", "value-h32-b1", "--threads", "1", "--warmup", "0", "--iterations", "1100", "--format",
        "jsonl",
        "--percentiles", "50,99,99.99",
    ]

    @Test(arguments: [false, true]) func aRunIsWrittenAsLines(toFile: Bool) throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/run.jsonl"
        let command = try Command(Self.run + (toFile ? ["--output", file] : []))
        #expect(command.status == 0, "\(command.errors)")
        let text = toFile ? try String(contentsOfFile: file, encoding: .utf8) : command.output
        let lines = try text.split(separator: "\n").map { try JSONReader.read(Array($0.utf8), file: "line") }
        #expect(lines.count == 1101 && (!toFile || command.output.isEmpty))
        var times: [Double] = []
        for (index, line) in lines.dropLast().enumerated() {
            #expect(line["forward"] == .integer(index) && line["run"] == .integer(0))
            times.append(try #require(line["ms"]?.number))
        }
        let report = try #require(lines.last?["report"])
        #expect(report["samples_ms"] == nil && report["iterations"] == .integer(1100))
        let exact = Statistics(times)
        #expect(report["latency_ms"]?["p99"]?.number == exact.p99 && report["latency_ms"]?["p9999"] == .null)
        // What writing faults is not the forwards'.
        #expect(try #require(report["page_faults_per_forward"]?.number) < 0.1)
    }

    @Test func afterAReaderThatGoesAwayNothingIsMeasured() throws {
        let arguments = ["run", "--profile", "value-h32-b1", "--threads", "1", "--duration", "60", "--format", "jsonl"]
        let start = ContinuousClock.now
        let command = try Command(bash: #""$0" "$@" | head -n 1; echo "${PIPESTATUS[0]}" >&2"#, arguments)
        #expect(command.errors == "0\n" && command.output.hasPrefix(#"{"run":0,"forward":0,"ms":"#))
        #expect(ContinuousClock.now - start < .seconds(50))
    }

    @Test func aFullDiskIsOneLineAndLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try Command(bash: #"ulimit -f 8; "$0" "$@""#, Self.run + ["--output", folder.path + "/run.jsonl"])
            .expectFailure(mention: folder.path)
        #expect(folder.contents.isEmpty)
        try Command(bash: #""$0" "$@" >/dev/full"#, Self.run).expectFailure(mention: "standard output")
    }
}
