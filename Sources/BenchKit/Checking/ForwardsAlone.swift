import CSystemCallFilter
import Glibc
import UNet1D

/// Forwards in a process of their own, in which nothing has touched memory before: heap calls, page faults and system calls
/// are counted there, and a filter of system calls cannot be taken off again.
public enum ForwardsAlone {
    /// The first argument of a program that calls `run`.
    public static let command = "forwards-alone"

    /// Forwards after the first one that are counted, and again as many under the filter of system calls.
    static let repeats = 50
    /// Seconds after which the process is ended: workers that spin on busy cores may wait long for one another.
    static let patience: UInt32 = 20

    /// What the process tells; nil what it did not come to.
    struct Counts: Equatable {
        var firstHeapCalls: Int?
        var laterHeapCalls: Int?
        var firstFaults: Int?
        var laterFaults: Int?
        /// The first system call under the filter; -1 for none.
        var systemCall: Int?
        /// The error number with which the filter was refused.
        var filterRefusal: Int?
    }

    /// Runs forwards of the built-in model, writes to standard output what they did, and ends the process.
    ///
    /// - Parameter workers: with several of them each spins without end, so that none sleeps.
    /// - Throws: what making model, session and workers throws.
    public static func run(workers: Int) throws(BenchError) -> Never {
        alarm(patience)
        let built = try CheckedModel("small-512-b1")
        let pool = try WorkerPool.ofWorkers(workers, spinning: workers > 1)
        var session = try library { () throws(UNet1DError) in
            try Session(model: built.model, shape: built.shape, pool: pool)
        }
        let (sample, timestep) = (built.sample, built.timestep)
        var output = [Float](repeating: 0, count: session.plan.outputCount)
        var span = output.mutableSpan
        _ = ProcessUse()
        let start = ProcessUse()
        session.forward(sample: sample.span, timestep: timestep, output: &span)
        let first = ProcessUse()
        for _ in 0..<repeats { session.forward(sample: sample.span, timestep: timestep, output: &span) }
        let later = ProcessUse()
        var text = "first_faults=\(first.since(start).faults)\nlater_faults=\(later.since(first).faults)\n"
        if let calls = first.since(start).heapCalls { text += "first_heap_calls=\(calls)\n" }
        if let calls = later.since(first).heapCalls { text += "later_heap_calls=\(calls)\n" }
        put(text)
        let refusal = system_call_filter_begin()
        if refusal != 0 {
            put("filter_refusal=\(refusal)\n")
            exit(0)
        }
        for _ in 0..<repeats { session.forward(sample: sample.span, timestep: timestep, output: &span) }
        // Dropping the session gives memory back, by a system call.
        withExtendedLifetime(session) { leave("system_call=-1\n") }
        _exit(0)
    }

    /// Writes a line and ends the process; not `Never`, so that what comes after it keeps what is needed until then.
    private static func leave(_ line: StaticString) {
        write(STDOUT_FILENO, line.utf8Start, line.utf8CodeUnitCount)
        _exit(0)
    }

    private static func put(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    /// What a process wrote.
    static func counts(_ text: String) -> Counts {
        var counts = Counts()
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=")
            guard parts.count == 2, let number = Int(parts[1]) else { continue }
            switch parts[0] {
            case "first_heap_calls": counts.firstHeapCalls = number
            case "later_heap_calls": counts.laterHeapCalls = number
            case "first_faults": counts.firstFaults = number
            case "later_faults": counts.laterFaults = number
            case "system_call": counts.systemCall = number
            case "filter_refusal": counts.filterRefusal = number
            default: break
            }
        }
        return counts
    }
}
