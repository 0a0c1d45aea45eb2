import Glibc
import Synchronization

/// Whether somebody pressed Ctrl-C. A loop asks after each step.
public enum Interruption {
    private static let isRequested = Atomic(false)

    /// From now on Ctrl-C ends nothing by itself, and reaches this process even where the one that started it blocked it.
    public static func watch() {
        // The flag exists before a handler reads it.
        isRequested.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in Interruption.isRequested.store(true, ordering: .relaxed) }
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
    }

    /// Whether it was pressed since `watch`.
    static var isPending: Bool { isRequested.load(ordering: .relaxed) }

    /// The exit status of a command that it ended, as shells have it.
    public static let status: Int32 = 128 + SIGINT
}
