import CUNet1DSystem
import Glibc

extension system_scheduling {
    /// What a worker should have that now has this, in a pool that gives its workers the class `inherited`, nil for none.
    ///
    /// Linux gives a new thread the class of the one that starts it, and Dispatch reuses threads: without a word from
    /// us chance would decide. So a worker has its creator's class and flags where that is asked for, and no real-time class
    /// otherwise.
    func asWorker(inheriting inherited: system_scheduling?) -> system_scheduling {
        if let inherited { return inherited }
        guard isRealTime else { return self }
        var plain = system_scheduling()
        plain.flags = flags & SYSTEM_RESET_ON_FORK
        return plain
    }

    /// Schedules the calling thread so again after it was in another class, which it leaves also where it may not clear a flag.
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
