import Checkpoint
import Foundation
import Testing

@testable import BenchKit

/// Timelines, what workers wait for, and trace files.
@Suite struct TraceFileTests {
    /// Stages of the operations 0, 1, 2 and 3.
    private static let stages = [0, 1, 1, 2]

    @Test func waitsEndWithWhatEndsAStage() {
        // Worker 0 runs operation 0 alone, both run the second stage, worker 1 runs the last alone. Worker 2 runs nothing.
        let timeline = Timeline(
            microseconds: 100,
            events: [
                event(0, 0, 0..<4, 1, 10), event(0, 1, 0..<2, 11, 40), event(0, 2, 0..<1, 40, 45),
                event(1, 1, 2..<3, 14, 60), event(1, 3, 0..<1, 61, 90),
            ])
        typealias Wait = Timeline.Wait
        #expect(
            timeline.waits(workers: 3, stages: Self.stages) == [
                Wait(worker: 0, operation: 1, holder: 1, startMicroseconds: 45, endMicroseconds: 60),
                Wait(worker: 0, operation: 3, holder: 1, startMicroseconds: 60, endMicroseconds: 90),
                // It goes on four microseconds after the end.
                Wait(worker: 1, operation: 0, holder: 0, startMicroseconds: 0, endMicroseconds: 14),
                Wait(worker: 2, operation: 0, holder: 0, startMicroseconds: 0, endMicroseconds: 10),
                Wait(worker: 2, operation: 1, holder: 1, startMicroseconds: 10, endMicroseconds: 60),
                Wait(worker: 2, operation: 3, holder: 1, startMicroseconds: 60, endMicroseconds: 90),
            ])
    }

    @Test func oneWorkerWaitsForNobody() {
        let timeline = Timeline(
            microseconds: 50,
            events: [event(0, 0, 0..<1, 1, 10), event(0, 1, 0..<1, 12, 20), event(0, 3, 0..<1, 21, 49)])
        #expect(timeline.waits(workers: 1, stages: Self.stages).isEmpty)
    }

    @Test(arguments: [([5.0], 5.0), ([9.0, 4.0, 7.0], 7.0), ([3.0, 1.0, 2.0, 8.0], 2.0), ([2.0, 2.0, 1.0], 2.0)])
    func theMedianForwardRepresents(times: [Double], median: Double) {
        let recording = Recording(
            forwards: times.map { .init(startMicroseconds: 0, timeline: Timeline(microseconds: $0, events: [])) })
        #expect(recording.representative.microseconds == median)
    }

    @Test func theFileIsThatOfTheSnapshot() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/trace.json").path
        let text = try #require(ChromeTrace(FixedReports.run)).text
        if ProcessInfo.processInfo.environment["UNET1D_UPDATE_SNAPSHOTS"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        #expect(ChromeTrace(FixedReports.checkpoint) == nil, "nothing was recorded")
    }

    /// A trace of the built command, with more workers than some stages have tiles.
    @Test(arguments: [1, 2, 5]) func everyForwardIsInTheFile(workers: Int) throws {
        let folder = try TemporaryFolder()
        let (tracePath, reportPath) = (folder.path + "/trace.json", folder.path + "/report.json")
        let command = try Command([
            "run", "--profile", "hopper-h32-b1", "--threads", "\(workers)", "--spin", "2", "--iterations", "3",
            "--warmup",
            "0", "--format", "json", "--output", reportPath, "--trace", tracePath,
        ])
        #expect(command.status == 0, "\(command.errors)")
        let report = try object(reportPath)
        let operations = try #require(report["operations"] as? [[String: Any]])
        let timeline = try #require((report["timeline"] as? [String: Any])?["events"] as? [[String: Any]])
        #expect(Set(timeline.compactMap { $0["operation"] as? Int }) == Set(operations.indices))

        let events = try #require(try object(tracePath)["traceEvents"] as? [[String: Any]])
        let rowNames = events.filter { $0["name"] as? String == "thread_name" }
        #expect(rowNames.count == workers + 1)
        let slices = events.filter { $0["ph"] as? String == "X" }
        let forwards = slices.filter { $0["cat"] as? String == "forward" }.count
        #expect(1...Recording.mostForwards ~= forwards)
        // Tiles of each operation of each forward.
        var tiles: [[Int]: Int] = [:]
        for row in 1...workers + 1 {
            var end = 0.0
            let own = slices.filter { $0["tid"] as? Int == row }
            for slice in own.sorted(by: { number($0["ts"]) < number($1["ts"]) }) {
                #expect(number(slice["dur"]) >= 0 && number(slice["ts"]) >= end - 1e-3, "row \(row): \(slice)")
                end = number(slice["ts"]) + number(slice["dur"])
                guard let arguments = slice["args"] as? [String: Any], slice["cat"] as? String == "operation",
                    let forward = arguments["forward"] as? Int, let operation = arguments["operation"] as? Int,
                    let first = arguments["first_tile"] as? Int, let endTile = arguments["end_tile"] as? Int
                else { continue }
                #expect(slice["name"] as? String == operations[operation]["name"] as? String)
                for tile in first..<endTile { tiles[[forward, operation, tile], default: 0] += 1 }
            }
        }
        let perForward = Dictionary(grouping: tiles.keys) { $0[0] }.mapValues(\.count)
        #expect(tiles.values.allSatisfy { $0 == 1 } && perForward.count == forwards)
        #expect(Set(perForward.values).count == 1, "all forwards have all tiles: \(perForward)")
    }

    @Test func aTraceThatCannotBeWrittenLeavesNothing() throws {
        let folder = try TemporaryFolder()
        try Command(
            bash: #"ulimit -f 1; "$0" run --profile value-h32-b1 --iterations 1 --warmup 0 --trace "$1""#,
            [folder.path + "/trace.json"]
        ).expectFailure(mention: folder.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    private func event(
        _ worker: Int, _ operation: Int, _ tiles: Range<Int>, _ start: Double, _ end: Double
    ) -> Timeline.Event {
        Timeline.Event(
            worker: worker, operation: operation, firstTile: tiles.lowerBound, endTile: tiles.upperBound,
            startMicroseconds: start, endMicroseconds: end)
    }

    private func object(_ path: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
    }

    private func number(_ value: Any?) -> Double { (value as? NSNumber)?.doubleValue ?? .nan }
}
