import FoundationEssentials
import Glibc

extension ForwardsAlone {
    /// Heap calls, page faults and system calls of forwards with one worker and, where there are cores for them, with two.
    ///
    /// - Parameter executable: a program that calls `run`; nil: there is none.
    static func results(executable: String?, usableCores: Int) -> [CheckResult] {
        var results: [CheckResult] = []
        for workers in usableCores > 1 ? [1, 2] : [1] {
            let (counts, end) = executable.map { measure($0, workers: workers) } ?? (Counts(), "no program to run them")
            results += self.results(counts, end: end, workers: workers)
        }
        return results
    }

    /// - Parameter end: why the process ended before it had told all.
    static func results(_ counts: Counts, end: String, workers: Int) -> [CheckResult] {
        func result(_ name: String, _ outcome: CheckOutcome) -> CheckResult {
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
            case (-1?, _): .ok("in \(repeats) forwards")
            case (let number?, _): .failed("system call \(number) in one of \(repeats) forwards")
            case (nil, let refusal?):
                .skipped("the system refuses a filter: \(String(cString: strerror(Int32(clamping: refusal))))")
            default: counts.firstFaults == nil ? .error(end) : .skipped(end)
            }
        // A build with a sanitizer counts no heap calls.
        let heap: CheckOutcome =
            counts.firstHeapCalls == nil && counts.firstFaults != nil
            ? .skipped("not counted in a build with a sanitizer")
            : none(counts.firstHeapCalls, counts.laterHeapCalls, "heap calls")
        return [
            result("heap calls", heap),
            result("page faults", none(counts.firstFaults, counts.laterFaults, "page faults")),
            result("system calls", calls),
        ]
    }

    /// Runs the process to its end.
    private static func measure(_ executable: String, workers: Int) -> (Counts, String) {
        do throws(ChildProcess.Failure) {
            let child = try ChildProcess.run(executable, [command, "\(workers)"])
            return (counts(child.output), end(child.status))
        } catch { return (Counts(), "\(executable) cannot be started: \(String(cString: strerror(error.number)))") }
    }

    private static func end(_ status: Int32) -> String {
        let signal = status & 0x7F
        if signal == SIGALRM { return "not done within \(patience) s: the cores are busy" }
        if signal != 0 { return "the process died of signal \(signal)" }
        return "the process ended with status \(status >> 8 & 0xFF)"
    }
}

/// Another process, whose output is read to its end.
enum ChildProcess {
    /// The error number with which it was not started.
    struct Failure: Error { let number: Int32 }

    /// Runs a program; its standard error is this process's. Blocks until it ends.
    ///
    /// - Returns: what it wrote, and the status as waitpid(2) has it.
    static func run(_ path: String, _ arguments: [String]) throws(Failure) -> (output: String, status: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(number: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        var words = cStrings([path] + arguments)
        var environment = cStrings(ProcessInfo.processInfo.environment.map { "\($0)=\($1)" })
        var child = pid_t()
        let refusal = posix_spawn(&child, path, &actions, nil, &words, &environment)
        posix_spawn_file_actions_destroy(&actions)
        for word in words + environment { free(word) }
        close(ends[1])
        defer { close(ends[0]) }
        guard refusal == 0 else { throw Failure(number: refusal) }
        var output: [UInt8] = []
        let size = 4096
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            let count = read(ends[0], &buffer, size)
            if count > 0 { output += buffer.prefix(count) }
            if count == 0 || count < 0 && errno != EINTR { break }
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return (String(decoding: output, as: UTF8.self), status)
    }

    /// Copies that end in a null pointer, to be freed.
    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }
}
