import Glibc

extension ForwardsAlone {
    /// Heap calls, page faults and system calls of forwards with one worker and, where there are cores for them, with two.
    ///
    /// - Parameter executable: a program that calls `run`; nil: there is none.
    static func results(executable: String?, usableCores: Int) -> [CheckResult] {
        var results: [CheckResult] = []
        for workers in usableCores > 1 ? [1, 2] : [1] {
            let (counts, end) =
                Interruption.isPending
                ? (Counts(), Check.forestalled.detail)
                : executable.map { measure($0, workers: workers) } ?? (Counts(), "no program to run them")
            results += self.results(counts, end: end, workers: workers)
        }
        return results
    }

    /// - Parameter end: why the process ended before it had told all.
    static func results(_ counts: Counts, end: String, workers: Int) -> [CheckResult] {
        let hasSanitizer = counts.firstHeapCalls == nil && counts.firstFaults != nil
        func result(_ name: String, _ outcome: CheckOutcome) -> CheckResult {
            var outcome = outcome
            // It faults pages and calls the system itself.
            if hasSanitizer, outcome.word != "ok" { outcome = .skipped("not counted in a build with a sanitizer") }
            let name = "no \(name), \(Figures.counted(workers, "worker"))"
            return CheckResult(group: .promises, name: name, outcome: outcome)
        }
        func none(_ first: Int?, _ later: Int?, _ what: String) -> CheckOutcome {
            guard let first, let later else { return .error(end) }
            return first + later == 0
                ? .ok("in the first \(repeats + 1) forwards of a process")
                : .failed("\(first) \(what) in the first forward of a process, \(later) in the \(repeats) after it")
        }
        let calls: CheckOutcome =
            switch (counts.systemCall, counts.filterRefusal) {
            case (.some(-1), _): .ok("in \(repeats) forwards")
            case (let number?, _): .failed("system call \(number) in one of \(repeats) forwards")
            case (nil, let refusal?):
                .skipped("the system refuses a filter: \(String(cString: strerror(Int32(clamping: refusal))))")
            default: counts.firstFaults == nil ? .error(end) : .skipped(end)
            }
        var heap = none(counts.firstHeapCalls, counts.laterHeapCalls, "heap calls")
        if Warnings.isDebugBuild, case .failed(let text) = heap {
            heap = .warning("\(text): this is a debug build", advice: "check a release build: swift build -c release")
        }
        return [
            result("heap calls", heap),
            result("page faults", none(counts.firstFaults, counts.laterFaults, "page faults")),
            result("system calls", calls),
        ]
    }

    /// Runs the process to its end.
    private static func measure(_ executable: String, workers: Int) -> (Counts, String) {
        do throws(BenchError) {
            let child = try ChildProcess([executable, command, "\(workers)"], log: "/dev/null")
            return (counts(child.rest()), end(child.wait()))
        } catch { return (Counts(), "\(executable) cannot be started") }
    }

    /// - Parameter status: 128 and the signal, where one ended the process.
    private static func end(_ status: Int32) -> String {
        if status == 128 + SIGALRM { return "not done within \(patience) s: the cores are busy" }
        if status > 128 { return "the process died of signal \(status - 128)" }
        return "the process ended with status \(status)"
    }
}
