import CUNet1DSystem
import Glibc

/// Sleeps.
func pauseThread(milliseconds: Int) { usleep(UInt32(milliseconds * 1000)) }

/// Looks until `condition` holds; false if it does not within the time.
func eventually(milliseconds: Int = 10_000, _ condition: () -> Bool) -> Bool {
    let start = system_monotonic_nanoseconds()
    while !condition() {
        if system_monotonic_nanoseconds() - start > UInt64(milliseconds) * 1_000_000 { return false }
        usleep(100)
    }
    return true
}
