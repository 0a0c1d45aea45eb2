import CUNet1DSystem
import Synchronization

/// How a run takes a control block and workers, and gives them back. Only the run's caller does this.
extension PoolState {
    /// Takes a control block that no thread touches any more; nil if there is none.
    func takeBlock() -> Int? {
        for index in 0..<blocks {
            let members = block(index).members
            if members.pointee.load(ordering: .relaxed) != 0 { continue }
            // Acquires what the block's last members released: they have read its words for the last time.
            if members.pointee.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged {
                return index
            }
        }
        return nil
    }

    /// Makes a taken block ready; nobody else looks at it before a mailbox names it.
    func prepare(_ block: ControlBlock, _ run: RunDescriptor) {
        block.descriptor.pointee = run
        block.current.pointee.store(0, ordering: .relaxed)
        block.done.pointee.store(0, ordering: .relaxed)
        for worker in 0..<workers { block.range(worker).pointee.store(0, ordering: .relaxed) }
    }

    /// Assigns every idle worker to the block and wakes those that sleep. Returns how many were taken.
    func takeWorkers(for index: Int) -> Int {
        let members = block(index).members
        // Counted before they are taken, as a worker may leave before the next one is looked at.
        members.pointee.wrappingAdd(UInt32(workers - 1), ordering: .relaxed)
        var taken = 0
        for worker in 1..<workers where assign(worker, to: index) { taken += 1 }
        members.pointee.wrappingSubtract(UInt32(workers - 1 - taken), ordering: .relaxed)
        return taken
    }

    private func assign(_ worker: Int, to index: Int) -> Bool {
        let mailbox = mailbox(worker)
        let assigned = Mailbox.word(Mailbox.assigned, block: index)
        var seen = mailbox.pointee.load(ordering: .relaxed)
        while seen == Mailbox.idle || seen == Mailbox.parked {
            let (exchanged, now) = mailbox.pointee.compareExchange(
                expected: seen, desired: assigned, ordering: .acquiringAndReleasing)
            if exchanged {
                if seen == Mailbox.parked { _ = system_futex_wake(mailbox, 1) }
                return true
            }
            seen = now
        }
        return false
    }

    /// Takes the assignments back that no worker has begun. Returns how many.
    func revokeWorkers(of index: Int) -> UInt32 {
        let assigned = Mailbox.word(Mailbox.assigned, block: index)
        var revoked: UInt32 = 0
        for worker in 1..<workers {
            let mailbox = mailbox(worker)
            if mailbox.pointee.load(ordering: .relaxed) == assigned,
                mailbox.pointee.compareExchange(expected: assigned, desired: Mailbox.idle, ordering: .relaxed).exchanged
            {
                revoked += 1
            }
        }
        return revoked
    }
}
