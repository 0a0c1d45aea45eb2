import CUNet1DSystem

/// Times pieces of work and tells whether a thread of the process was switched out meanwhile.
struct Stopwatch {
    private(set) var cpuChanges = 0
    private var cpu: UInt32

    init() {
        cpu = 0
        _ = system_current_cpu(&cpu, nil)
    }

    /// Runs `work`. The counts are read outside the time; nothing is allocated.
    mutating func time(_ work: () -> Void) -> Reading {
        let switches = system_process_usage().involuntary_switches
        let start = Clock.now
        work()
        let nanoseconds = Clock.now - start
        let switchedOut = system_process_usage().involuntary_switches != switches
        var now = cpu
        if system_current_cpu(&now, nil) == 0, now != cpu {
            cpuChanges += 1
            cpu = now
        }
        return Reading(nanoseconds: nanoseconds, switchedOut: switchedOut)
    }

    /// A time. The flag is kept in the lowest bit: readings are kept by the million.
    struct Reading: Sendable, Equatable {
        private let bits: UInt64

        init(nanoseconds: UInt64, switchedOut: Bool) { bits = nanoseconds << 1 | (switchedOut ? 1 : 0) }

        var nanoseconds: UInt64 { bits >> 1 }
        /// Whether a thread of the process lost its processor to another program, so that the time tells of that too.
        var switchedOut: Bool { bits & 1 == 1 }
    }
}
