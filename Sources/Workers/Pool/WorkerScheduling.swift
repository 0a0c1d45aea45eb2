import CUNet1DSystem

extension system_scheduling {
    /// What a worker should have that now has this, in a pool that gives its workers the class `inherited`, nil for none.
    ///
    /// Linux gives a new thread the class of the one that starts it, and Dispatch reuses threads: without a word from
    /// us chance would decide. So a worker has its creator's class where that is asked for, and no real-time class
    /// otherwise.
    func asWorker(inheriting inherited: system_scheduling?) -> system_scheduling {
        inherited ?? (isRealTime ? system_scheduling() : self)
    }

    /// SCHED_FIFO, SCHED_RR or SCHED_DEADLINE.
    private var isRealTime: Bool { [1, 2, 6].contains(policy) }

    func isSame(as other: system_scheduling) -> Bool {
        policy == other.policy && nice == other.nice && priority == other.priority && runtime_ns == other.runtime_ns
            && deadline_ns == other.deadline_ns && period_ns == other.period_ns
    }
}
