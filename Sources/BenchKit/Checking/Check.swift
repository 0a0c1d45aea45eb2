/// A check of this machine: what it is called, and how it is made.
struct Check {
    /// The part of the report.
    let group: CheckGroup
    /// A few words.
    let name: String
    /// Makes it. What it throws says why it could not be made.
    let make: () throws(BenchError) -> CheckOutcome

    init(_ group: CheckGroup, _ name: String, _ make: @escaping () throws(BenchError) -> CheckOutcome) {
        self.group = group
        self.name = name
        self.make = make
    }

    /// Makes it; an error is an outcome, too.
    func result() -> CheckResult {
        do throws(BenchError) {
            return CheckResult(group: group, name: name, outcome: try make())
        } catch { return CheckResult(group: group, name: name, outcome: .error("\(error)")) }
    }
}

/// Parts of a check's report, in their order.
public enum CheckGroup: String, CaseIterable, Sendable {
    /// Every kernel beside the reference.
    case kernels
    /// Whole forwards beside forwards on the reference's kernels.
    case accuracy
    /// Bits, heap calls, page faults, system calls.
    case promises
    /// Whether the chosen instruction set is the fastest.
    case speed
    /// What makes measurements on this machine less trustworthy.
    case machine
}

/// What came of a check, each with what was found.
public enum CheckOutcome: Sendable, Equatable {
    /// All is as it should be.
    case ok(String)
    /// Right, but slower or less steady than it could be; and what to do.
    case warning(String, advice: String)
    /// A promise is broken.
    case failed(String)
    /// It was not made, for this reason.
    case skipped(String)
    /// It could not be made, for this reason.
    case error(String)
}

extension CheckOutcome {
    /// The word that reports have for it.
    public var word: String {
        switch self {
        case .ok: "ok"
        case .warning: "warning"
        case .failed: "FAIL"
        case .skipped: "skipped"
        case .error: "error"
        }
    }

    /// What was found, or the reason.
    public var detail: String {
        switch self {
        case .ok(let detail), .failed(let detail), .skipped(let detail), .error(let detail): detail
        case .warning(let detail, _): detail
        }
    }

    /// What to do; nil where there is nothing to do.
    public var advice: String? {
        if case .warning(_, let advice) = self { advice } else { nil }
    }
}
