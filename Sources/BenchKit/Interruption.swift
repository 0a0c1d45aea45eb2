import Glibc
import Synchronization

/// Whether somebody pressed Ctrl-C or asked the process to end, as `kill` and service managers do. A loop asks after each step.
public enum Interruption {
    /// The first signal; 0: none yet.
    private static let received = Atomic<Int32>(0)
    private static let isWatched = Atomic(false)

    /// When it came, in nanoseconds of the monotonic clock.
    private static let receivedAt = Atomic<UInt64>(0)

    /// From now on Ctrl-C ends the process with `status`, even where the process that started it blocked or ignored it.
    /// SIGTERM does the same.
    public static func endAtOnce() {
        // The flags exist before a handler reads them, and a loop that asks for the first time allocates nothing.
        received.store(0, ordering: .relaxed)
        isWatched.store(false, ordering: .relaxed)
        receivedAt.store(0, ordering: .relaxed)
        precondition(!isPending && receivedAt.load(ordering: .relaxed) == 0)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        signal(SIGINT) { number in Interruption.take(number) }
        sigaddset(&unblocked, SIGINT)
        signal(SIGTERM) { number in Interruption.take(number) }
        sigaddset(&unblocked, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    /// A signal's handler.
    private static func take(_ number: Int32) {
        var clock = timespec()
        clock_gettime(CLOCK_MONOTONIC, &clock)
        let now = UInt64(clock.tv_sec) * 1_000_000_000 + UInt64(clock.tv_nsec)
        if received.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged {
            receivedAt.store(now, ordering: .relaxed)
            if isWatched.load(ordering: .relaxed) { return }
        } else if now < receivedAt.load(ordering: .relaxed) + 500_000_000 {
            // The same wish: `timeout` sends two signals.
            return
        }
        _exit(status)
    }

    /// From now on the first Ctrl-C ends nothing by itself; another one, half a second later, ends the process at once, with
    /// `status`.
    public static func watch() {
        if isWatched.load(ordering: .relaxed) { return }
        endAtOnce()
        isWatched.store(true, ordering: .relaxed)
    }

    /// Whether it was pressed since `watch`.
    public static var isPending: Bool { received.load(ordering: .relaxed) != 0 }

    /// The exit status of a command that it ended, as shells have it: 130 after Ctrl-C, 143 after SIGTERM.
    public static var status: Int32 {
        let number = received.load(ordering: .relaxed)
        return 128 + (number == 0 ? SIGINT : number)
    }
}
