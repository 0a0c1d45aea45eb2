import Checkpoint
import Glibc

/// The file that keeps a sweep's slices, so that a sweep that was ended goes on: a line of JSON that tells which sweep it
/// is, and a line for each slice.
///
/// A line that was cut as its writer was killed is left out.
final class SweepState {
    private let path: String
    private var slices: [Int: [Slice]] = [:]
    private let descriptor: Int32

    /// Gigabytes of samples are more than anyone measures.
    private static let mostBytes = 1 << 32
    private static let limits = JSONReader.Limits(depth: 4, values: 50_000_000, pythonNumbers: false)

    /// Reads the file, where there is one, and makes it ready for more slices. Blocks on the disk.
    ///
    /// - Throws: `BenchError.option` for the file of another sweep, `BenchError.file` for one that cannot be read or written.
    init(_ path: String, combinations: Combinations, model: String?) throws(BenchError) {
        if path.isEmpty { throw .option(name: "resume", found: "", expected: "a file") }
        self.path = path
        let head = Self.head(combinations, model: model)
        var kept = head + "\n"
        if access(path, F_OK) == 0 {
            let bytes = try files { () throws(CheckpointError) in try AtomicFile.read(path, limit: Self.mostBytes) }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            guard lines.isEmpty || lines[0] == head else {
                throw .option(
                    name: "resume", found: "\(path), which is no state of this sweep",
                    expected: "the flags, the program and the machine that it was begun with, or a new file")
            }
            for line in lines.dropFirst() {
                guard let (row, slice) = Self.read(line, file: path), combinations.points.indices.contains(row) else {
                    continue
                }
                slices[row, default: []].append(slice)
                kept += line + "\n"
            }
        }
        do throws(CheckpointError) { try AtomicFile.write(Array(kept.utf8), to: path) } catch { throw .file(error) }
        descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        if descriptor < 0 { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// What was measured of a row.
    func slices(ofRow row: Int) -> [Slice] { slices[row] ?? [] }

    /// Adds what was measured of a row. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`.
    func append(_ slice: Slice, row: Int) throws(BenchError) {
        let bytes = Array((Self.line(slice, row: row) + "\n").utf8)
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.unsafelyUnwrapped + done, $0.count - done)
            }
            if put > 0 { done += put } else if errno != EINTR { throw Self.failure(path) }
        }
    }

    private static func failure(_ path: String) -> BenchError {
        .file(.cannotWrite(file: path, reason: String(cString: strerror(errno))))
    }

    /// What tells one sweep from another: program, processor, model and all values.
    private static func head(_ combinations: Combinations, model: String?) -> String {
        let host = Host.current()
        let rows = combinations.points.map { point in
            let values = Setting.all.filter(\.decidesFigures).compactMap { setting in
                setting.text(in: point.settings).map { "\(setting.name) \($0)" }
            }
            return FieldValue.string((["profile \(point.profile ?? "")"] + values).joined(separator: ", ")).json()
        }
        // Builds of one version are other files.
        var file = stat()
        _ = stat("/proc/self/exe", &file)
        let program = "\(host.version), \(file.st_size) bytes of \(file.st_mtim.tv_sec).\(file.st_mtim.tv_nsec)"
        let words = [program, host.cpu, model ?? ""].map { FieldValue.string($0).json() }
        return
            #"{"schema": "unet1d-sweep-state/1", "program": \#(words[0]), "cpu": \#(words[1]), "model": \#(words[2]), "#
            + "\"rows\": [\(rows.joined(separator: ", "))]}"
    }

    /// Nanoseconds of forwards and probes are negative where a thread was switched out meanwhile.
    private static func line(_ slice: Slice, row: Int) -> String {
        func list(_ readings: [Stopwatch.Reading]) -> String {
            let numbers = readings.map { $0.switchedOut ? -Int($0.nanoseconds) : Int($0.nanoseconds) }
            return "[\(numbers.map(String.init).joined(separator: ","))]"
        }
        func text<Number>(_ number: Number?) -> String { number.map { "\($0)" } ?? "null" }
        let (use, machine) = (slice.use, slice.use.machine)
        let figures = [
            ("row", "\(row)"), ("elapsed_ns", "\(use.elapsed)"), ("faults", "\(use.faults)"),
            ("heap_calls", text(use.heapCalls)), ("missed_periods", "\(use.missedPeriods)"),
            ("cpu_changes", "\(use.cpuChanges)"), ("seconds", "\(machine.seconds)"),
            ("busy_s", text(machine.busySeconds)), ("stolen_s", text(machine.stolenSeconds)),
            ("own_s", "\(machine.ownSeconds)"), ("throttled", text(machine.throttledPeriods)),
            ("forwards_ns", list(slice.forwards)), ("probes_ns", list(slice.probes)),
        ]
        return "{" + figures.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }

    /// More than any figure of a slice; so many slices that they fill the file have a sum that fits.
    private static let most = 1 << 48

    /// Nil for a line that is not whole, or says what cannot be.
    private static func read(_ line: Substring, file: String) -> (row: Int, slice: Slice)? {
        guard let json = try? JSONReader.read(Array(line.utf8), file: file, limits: limits) else { return nil }
        func count(_ key: String) -> Int? {
            if case .integer(let number)? = json[key], (0..<most).contains(number) { number } else { nil }
        }
        func readings(_ key: String) -> [Stopwatch.Reading]? {
            guard case .array(let values)? = json[key] else { return nil }
            let readings = values.compactMap { value -> Stopwatch.Reading? in
                guard case .integer(let number) = value, number != 0, number.magnitude < most else { return nil }
                return Stopwatch.Reading(nanoseconds: UInt64(number.magnitude), switchedOut: number < 0)
            }
            return readings.count == values.count ? readings : nil
        }
        guard let row = count("row"), let elapsed = count("elapsed_ns"), let faults = count("faults"),
            let missed = count("missed_periods"), let changes = count("cpu_changes"),
            let seconds = json["seconds"]?.number, let own = json["own_s"]?.number,
            let forwards = readings("forwards_ns"), let probes = readings("probes_ns"), !forwards.isEmpty
        else { return nil }
        let machine = SystemUse(
            seconds: seconds, busySeconds: json["busy_s"]?.number, stolenSeconds: json["stolen_s"]?.number,
            ownSeconds: own, throttledPeriods: count("throttled"))
        let use = SliceUse(
            elapsed: UInt64(elapsed), faults: UInt64(faults), heapCalls: count("heap_calls").map { UInt64($0) },
            missedPeriods: missed, cpuChanges: changes, machine: machine)
        return (row, Slice(forwards: forwards, probes: probes, use: use))
    }
}
