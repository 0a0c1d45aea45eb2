import CUNet1DSystem
import Glibc

extension system_scheduling {
    /// The scheduling that a worker should have, given its present one, in a pool that gives its workers the class
    /// `inherited`, nil for none.
    ///
    /// Linux gives a new thread the class of the one that starts it, and Dispatch reuses threads: without a rule,
    /// chance would decide. A worker therefore has its creator's class and flags if that is requested, and else no
    /// real-time class.
    func asWorker(inheriting inherited: system_scheduling?) -> system_scheduling {
        if let inherited { return inherited }
        guard isRealTime else { return self }
        var plain = system_scheduling()
        plain.flags = flags & SYSTEM_RESET_ON_FORK
        return plain
    }

    /// Schedules the calling thread so again after it was in another class, which it leaves also where it may not clear
    /// a flag.
    func giveBack() {
        var own = self
        if system_scheduling_set(&own) == EPERM {
            own.flags |= SYSTEM_RESET_ON_FORK
            _ = system_scheduling_set(&own)
        }
    }

    /// SCHED_FIFO, SCHED_RR or SCHED_DEADLINE.
    private var isRealTime: Bool { [1, 2, 6].contains(policy) }

    func isSame(as other: system_scheduling) -> Bool {
        policy == other.policy && nice == other.nice && priority == other.priority && flags == other.flags
            && runtime_ns == other.runtime_ns && deadline_ns == other.deadline_ns && period_ns == other.period_ns
    }
}
