import Synchronization

/// What a fetch is doing.
package enum FetchProgress: Sendable, Equatable {
    /// Asking the hub for the repository's files.
    case listing
    /// Another process downloads the file.
    case waiting(file: String)
    /// Bytes of all files together.
    case downloading(file: String, done: Int, total: Int)
    /// Computing the hash of a file that has arrived.
    case checking(file: String)
}

/// Counts the bytes of all files together, and reports some ten times a second.
final class FetchMeter: Sendable {
    private let report: @Sendable (FetchProgress) -> Void
    private let state = Mutex(State())

    private struct State {
        var done = 0
        var total = 0
        var latest: ContinuousClock.Instant?
    }

    init(report: @escaping @Sendable (FetchProgress) -> Void) { self.report = report }

    /// Tells a step.
    func say(_ step: FetchProgress) {
        state.withLock { $0.latest = nil }
        report(step)
    }

    /// So many bytes more are to come.
    func expect(_ bytes: Int) { state.withLock { $0.total += bytes } }

    /// So many bytes of a file have come; fewer than none where some were dropped.
    func add(_ bytes: Int, of file: String) {
        let now = ContinuousClock.now
        let progress = state.withLock { state -> FetchProgress? in
            state.done += bytes
            if let latest = state.latest, now - latest < .milliseconds(100) { return nil }
            state.latest = now
            return .downloading(file: file, done: state.done, total: state.total)
        }
        if let progress { report(progress) }
    }
}
