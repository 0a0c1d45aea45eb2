import CUNet1DSystem

/// Times pieces of work and tells whether a thread of the process was switched out meanwhile.
struct Stopwatch {
    private(set) var cpuChanges = 0
    private var cpu: UInt32
    /// When the latest piece of work ended.
    private(set) var end = Clock.now
    /// Involuntary switches of the process since it began, read just after that.
    private var switches = system_process_usage().involuntary_switches

    /// If the next piece of work begins within so many nanoseconds of the end of the latest, its count of switches is the
    /// one read then: reading it is the costliest step between forwards, and a thread that is switched out is away for
    /// longer.
    private static let shared: UInt64 = 10_000

    init() {
        cpu = 0
        _ = system_current_cpu(&cpu, nil)
    }

    /// Runs `work`. The counts are read outside the time; nothing is allocated.
    mutating func time(_ work: () -> Void) -> Reading {
        var start = Clock.now
        if start - end > Self.shared {
            switches = system_process_usage().involuntary_switches
            start = Clock.now
        }
        work()
        end = Clock.now
        let before = switches
        switches = system_process_usage().involuntary_switches
        var now = cpu
        if system_current_cpu(&now, nil) == 0, now != cpu {
            cpuChanges += 1
            cpu = now
        }
        return Reading(nanoseconds: end - start, switchedOut: switches != before)
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
