/// Recorded forwards in Chrome's trace-event format, which Perfetto and chrome://tracing open.
///
/// A process with a row for each worker, and above them one for the forwards. Rows hold complete events, which do not
/// overlap: of category `operation` where a worker ran tiles, of category `wait` where others had to end an operation
/// first. A counter shows how many workers had a tile. Times are microseconds since the first forward began.
///
/// Source: "Trace Event Format", the JSON object format,
/// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
public struct ChromeTrace: Sendable {
    private let recording: Recording
    private let report: Report
    /// The only process.
    private static let process = 1

    /// The trace of what a report recorded; nil if that is nothing.
    public init?(_ report: Report) {
        guard let recording = report.recording else { return nil }
        self.recording = recording
        self.report = report
    }

    /// The file: an object with a line for each event.
    public var text: String {
        let about: [(key: String, value: FieldValue)] = [
            ("version", report.host.version.fieldValue), ("cpu", report.host.cpu.fieldValue),
            ("plan_id", report.plan.id.fieldValue), ("isa", report.plan.isa.fieldValue),
            ("threads", report.plan.threads.fieldValue), ("batch", report.plan.batch.fieldValue),
            ("length", report.plan.length.fieldValue),
        ]
        return "{\"displayTimeUnit\":\"ns\",\n\"otherData\":" + FieldValue.object(about).compactJSON
            + ",\n\"traceEvents\":[\n" + events.map(\.compactJSON).joined(separator: ",\n") + "\n]}\n"
    }

    private var events: [FieldValue] {
        let stages = report.operations.map(\.operation.stage)
        return names
            + recording.forwards.enumerated().flatMap { index, forward in
                let timeline = forward.timeline
                let whole = slice(
                    "forward \(index)", category: "forward", row: forwardRow, start: forward.startMicroseconds,
                    duration: timeline.microseconds, [("forward", .integer(index))])
                return [whole]
                    + timeline.events.map { ran($0, index, forward.startMicroseconds) }
                    + timeline.waits(workers: report.plan.threads, stages: stages).map {
                        waited($0, index, forward.startMicroseconds)
                    } + busy(timeline, forward.startMicroseconds)
            }
    }

    // MARK: - Rows

    // Row 0 is a kernel's idle thread where traces have one.
    private func row(of worker: Int) -> Int { worker + 1 }

    private var forwardRow: Int { report.plan.threads + 1 }

    private var names: [FieldValue] {
        let workload = report.workload.profile ?? report.workload.model ?? "forward"
        var names = [metadata("process_name", row: nil, ("name", .string("unet1d-bench \(workload)")))]
        let rows =
            [(forwardRow, "forwards")]
            + (0..<report.plan.threads).map { (row(of: $0), $0 == 0 ? "worker 0 (the caller)" : "worker \($0)") }
        for (index, (row, name)) in rows.enumerated() {
            names.append(metadata("thread_name", row: row, ("name", .string(name))))
            names.append(metadata("thread_sort_index", row: row, ("sort_index", .integer(index))))
        }
        return names
    }

    private func metadata(_ name: String, row: Int?, _ argument: (key: String, value: FieldValue)) -> FieldValue {
        .object(
            [("name", .string(name)), ("ph", .string("M")), ("pid", .integer(Self.process))]
                + (row.map { [("tid", .integer($0))] } ?? []) + [("args", .object([argument]))])
    }

    // MARK: - Slices

    private func slice(
        _ name: String, category: String, row: Int, start: Double, duration: Double,
        _ arguments: [(key: String, value: FieldValue)]
    ) -> FieldValue {
        .object([
            ("name", .string(name)), ("cat", .string(category)), ("ph", .string("X")), ("ts", Self.time(start)),
            ("dur", Self.time(duration)), ("pid", .integer(Self.process)), ("tid", .integer(row)),
            ("args", .object(arguments)),
        ])
    }

    /// Whole nanoseconds, in microseconds: sums of rounded times would overlap.
    private static func time(_ microseconds: Double) -> FieldValue {
        .number((microseconds * 1000).rounded() / 1000)
    }

    /// Bytes and multiply-adds of a run of tiles are its share of the operation's, as tiles do the same work.
    private func ran(_ event: Timeline.Event, _ forward: Int, _ start: Double) -> FieldValue {
        let operation = report.operations[event.operation].operation
        let microseconds = event.endMicroseconds - event.startMicroseconds
        let share = Double(event.endTile - event.firstTile) / Double(operation.tiles)
        let gflops = microseconds > 0 ? 2 * Double(operation.multiplyAdds) * share / (microseconds * 1e3) : 0
        var arguments: [(key: String, value: FieldValue)] = [
            ("forward", .integer(forward)), ("operation", .integer(event.operation)),
            ("stage", .integer(operation.stage)), ("kind", .string(operation.kind)),
            ("shape", operation.shape.fieldValue), ("first_tile", .integer(event.firstTile)),
            ("end_tile", .integer(event.endTile)), ("tiles", .integer(operation.tiles)),
            ("bytes", .integer(Int((Double(operation.bytes) * share).rounded()))),
            ("gflops", .number((gflops * 1000).rounded() / 1000)),
        ]
        if let epilogue = operation.epilogue { arguments.append(("follower", .string(epilogue))) }
        return slice(
            operation.name, category: "operation", row: row(of: event.worker), start: start + event.startMicroseconds,
            duration: microseconds, arguments)
    }

    private func waited(_ wait: Timeline.Wait, _ forward: Int, _ start: Double) -> FieldValue {
        let operation = report.operations[wait.operation].operation
        return slice(
            "wait", category: "wait", row: row(of: wait.worker), start: start + wait.startMicroseconds,
            duration: wait.endMicroseconds - wait.startMicroseconds,
            [
                ("forward", .integer(forward)), ("for", .string(operation.name)), ("stage", .integer(operation.stage)),
                ("worker", .integer(wait.holder)),
            ])
    }

    /// The counter of workers that have a tile, where it changes.
    private func busy(_ timeline: Timeline, _ start: Double) -> [FieldValue] {
        var changes: [Double: Int] = [:]
        for event in timeline.events {
            changes[event.startMicroseconds, default: 0] += 1
            changes[event.endMicroseconds, default: 0] -= 1
        }
        var busy = 0
        return changes.sorted { $0.key < $1.key }.filter { $0.value != 0 }.map { time, change in
            busy += change
            return .object([
                ("name", .string("busy workers")), ("ph", .string("C")), ("ts", Self.time(start + time)),
                ("pid", .integer(Self.process)), ("args", .object([("workers", .integer(busy))])),
            ])
        }
    }
}
