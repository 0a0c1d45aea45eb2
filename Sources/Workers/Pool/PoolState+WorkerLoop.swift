import CUNet1DSystem
import Synchronization

/// What a worker's thread does: wait for an assignment, work, again, until the pool ends.
extension PoolState {
    /// Returns when the pool ends. Spins, then sleeps, while there is nothing to do.
    func workerLoop(_ worker: Int) {
        let mailbox = mailbox(worker)
        while true {
            let mail = waitForMail(mailbox)
            if Mailbox.state(mail) == Mailbox.quit { return }
            let index = Mailbox.block(mail)
            let running = Mailbox.word(Mailbox.running, block: index)
            // Fails if the run ended without this worker.
            guard
                mailbox.pointee.compareExchange(
                    expected: mail, desired: running, ordering: .acquiringAndReleasing
                ).exchanged
            else { continue }
            let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
            let block = block(index)
            RunParticipant(state: self, block: block, worker: worker).serve()
            system_control_word_restore(controlWord)
            block.members.pointee.wrappingSubtract(1, ordering: .releasing)
            mailbox.pointee.store(Mailbox.idle, ordering: .releasing)
        }
    }

    /// Returns the mailbox's word once it says assigned or quit.
    private func waitForMail(_ mailbox: Word32) -> UInt32 {
        var spin = BoundedSpin(ticks: spinTicks)
        while true {
            let seen = mailbox.pointee.load(ordering: .acquiring)
            if seen != Mailbox.idle && seen != Mailbox.parked { return seen }
            if seen == Mailbox.idle {
                if spin.step() { continue }
                if !mailbox.pointee.compareExchange(expected: seen, desired: Mailbox.parked, ordering: .relaxed)
                    .exchanged
                {
                    continue
                }
            }
            _ = system_futex_wait(mailbox, Mailbox.parked, UInt64.max)
            // Woken, perhaps for a run that is over by now: the next one may be near.
            spin = BoundedSpin(ticks: spinTicks)
        }
    }

    /// Tells a worker to end, waiting until it has left a run whose last tiles it may still be counting.
    func dismiss(_ worker: Int) {
        let mailbox = mailbox(worker)
        while true {
            let seen = mailbox.pointee.load(ordering: .acquiring)
            if seen == Mailbox.idle || seen == Mailbox.parked {
                if mailbox.pointee.compareExchange(
                    expected: seen, desired: Mailbox.quit, ordering: .acquiringAndReleasing
                ).exchanged {
                    if seen == Mailbox.parked { _ = system_futex_wake(mailbox, 1) }
                    return
                }
            } else if seen == Mailbox.quit {
                return
            } else {
                // No run is under way, so the worker is on its way out: let it have the processor.
                var pause: UInt32 = 0
                withUnsafePointer(to: &pause) { _ = system_futex_wait($0, 0, 50_000) }
            }
        }
    }
}
