import CUNet1DSystem
import Glibc

/// Time that never goes back.
enum Clock {
    /// Nanoseconds of CLOCK_MONOTONIC.
    static var now: UInt64 { system_monotonic_nanoseconds() }

    /// Milliseconds since `start`.
    static func milliseconds(since start: UInt64) -> Double { Double(now - start) / 1e6 }

    /// Sleeps until CLOCK_MONOTONIC shows `deadline` nanoseconds; not at all if that is past. Allocates nothing.
    static func sleep(until deadline: UInt64) {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}
