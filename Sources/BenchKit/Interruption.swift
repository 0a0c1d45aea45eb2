import Glibc
import Synchronization

/// Whether somebody pressed Ctrl-C. A loop asks after each step.
public enum Interruption {
    private static let isRequested = Atomic(false)
    private static let isWatched = Atomic(false)

    /// From now on Ctrl-C ends the process with `status`, even where the process that started it blocked or ignored it.
    public static func endAtOnce() {
        // The flags exist before a handler reads them.
        isRequested.store(false, ordering: .relaxed)
        isWatched.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in
            let isFirst = !Interruption.isRequested.exchange(true, ordering: .relaxed)
            if !isFirst || !Interruption.isWatched.load(ordering: .relaxed) { _exit(Interruption.status) }
        }
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    }

    /// From now on the first Ctrl-C ends nothing by itself; a second one ends the process at once, with `status`.
    public static func watch() {
        if isWatched.load(ordering: .relaxed) { return }
        endAtOnce()
        isWatched.store(true, ordering: .relaxed)
    }

    /// Whether it was pressed since `watch`.
    public static var isPending: Bool { isRequested.load(ordering: .relaxed) }

    /// The exit status of a command that it ended, as shells have it.
    public static let status: Int32 = 128 + SIGINT
}
