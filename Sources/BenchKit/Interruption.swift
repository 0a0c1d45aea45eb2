import Glibc
import Synchronization

/// Whether somebody pressed Ctrl-C or asked the process to end, as `kill` and service managers do. A loop asks after each
/// step.
public enum Interruption {
    /// The first signal: nanoseconds of the monotonic clock, its number in the lowest seven bits; 0: none yet.
    private static let received = Atomic<UInt64>(0)
    private static let isWatched = Atomic(false)

    /// From now on Ctrl-C ends the process with `status`, even where the process that started it blocked or ignored it.
    /// SIGTERM does the same.
    public static func endAtOnce() {
        // The flags exist before a handler reads them, and a loop that asks for the first time allocates nothing.
        received.store(0, ordering: .relaxed)
        isWatched.store(false, ordering: .relaxed)
        _ = isPending
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
        let now = (UInt64(clock.tv_sec) * 1_000_000_000 + UInt64(clock.tv_nsec)) & ~127
        let (isFirst, first) = received.compareExchange(
            expected: 0, desired: now | UInt64(number), ordering: .relaxed)
        if isFirst {
            if isWatched.load(ordering: .relaxed) { return }
        } else if now < (first & ~127) + 500_000_000 {
            // `timeout` sends two signals for one request.
            return
        }
        _exit(status)
    }

    /// From now on the first Ctrl-C ends nothing by itself; another one, half a second later, ends the process at once,
    /// with `status`.
    public static func watch() {
        if isWatched.load(ordering: .relaxed) { return }
        endAtOnce()
        isWatched.store(true, ordering: .relaxed)
    }

    /// Whether it was pressed since `watch`.
    public static var isPending: Bool { received.load(ordering: .relaxed) != 0 }

    /// What reports call the signal.
    static var name: String { status == 128 + SIGTERM ? "SIGTERM" : "Ctrl-C" }

    /// The exit status of a command that it ended, as shells have it: 130 after Ctrl-C, 143 after SIGTERM.
    public static var status: Int32 {
        let number = Int32(received.load(ordering: .relaxed) & 127)
        return 128 + (number == 0 ? SIGINT : number)
    }
}
