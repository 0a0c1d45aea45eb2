import Synchronization

/// One thread's part in one run. It claims tiles and executes them, and starts the next stage when it finishes the last
/// tile of one. The caller and the workers do the same. Nothing here allocates, locks, or waits for a thread that holds
/// no tile.
struct RunParticipant {
    let state: PoolState
    let block: ControlBlock
    let run: RunDescriptor
    let worker: Int

    init(state: PoolState, block: ControlBlock, worker: Int) {
        self.state = state
        self.block = block
        self.worker = worker
        run = block.descriptor.pointee
    }

    /// Works until the run is over.
    func serve() {
        var tag: UInt32 = 0
        while true {
            let current = block.wait(past: tag, spinTicks: state.spinTicks)
            tag = UInt32(truncatingIfNeeded: current)
            if tag == ControlBlock.over { return }
            executeTiles(tag: tag, tiles: current >> 32)
        }
    }

    /// Starts the next stage after stage `tag` − 1 that several threads can share. Stages of one tile on the way there
    /// are executed on this thread.
    func advance(past tag: UInt32) {
        block.done.pointee.store(0, ordering: .relaxed)
        var stage = Int(tag)
        while stage < run.count {
            let tiles = run.stages[stage]
            if tiles > 1 {
                block.publish(tag: UInt32(truncatingIfNeeded: stage + 1), tiles: UInt64(tiles))
                return
            }
            if tiles == 1 {
                run.function(run.context, stage, 0, worker)
                count(1)
            }
            stage += 1
        }
        block.publish(tag: ControlBlock.over, tiles: 0)
    }

    /// Claims and executes tiles of a stage until none is unclaimed.
    ///
    /// The tiles of one range are counted before the next range is read, so that the thread that executes the last tile
    /// starts the next stage at once: reading another range is a cache miss.
    private func executeTiles(tag: UInt32, tiles: UInt64) {
        let stage = Int(tag) - 1
        let victims = state.victims(of: worker)
        let workers = UInt64(state.workers)
        for attempt in 0..<state.workers {
            let victim = UInt64(victims[attempt])
            let begin = victim * tiles / workers
            let end = (victim + 1) * tiles / workers
            if begin == end { continue }
            let range = block.range(Int(victim))
            var executed: UInt64 = 0
            while let index = claim(range, tag: tag, begin: begin, end: end) {
                run.function(run.context, stage, Int(index), worker)
                executed += 1
            }
            if executed > 0 && finished(executed, tag: tag, tiles: tiles) { return }
        }
    }

    /// The next unclaimed tile of a range, or nil if there is none or the stage is over.
    private func claim(_ range: Word64, tag: UInt32, begin: UInt64, end: UInt64) -> UInt64? {
        var seen = range.pointee.load(ordering: .relaxed)
        while true {
            let seenTag = UInt32(truncatingIfNeeded: seen >> 32)
            if seenTag > tag { return nil }
            let next = seenTag == tag ? seen & 0xFFFF_FFFF : begin
            if next == end { return nil }
            // Exclusivity is all a claim is for; `done` and `current` order the tiles' data.
            let (claimed, now) = range.pointee.weakCompareExchange(
                expected: seen, desired: UInt64(tag) << 32 | (next + 1), ordering: .relaxed)
            if claimed { return next }
            seen = now
        }
    }

    /// Counts executed tiles. If that completes the stage, starts the next stage and returns true.
    private func finished(_ executed: UInt64, tag: UInt32, tiles: UInt64) -> Bool {
        count(Int(executed))
        let done = block.done.pointee.wrappingAdd(executed, ordering: .acquiringAndReleasing).newValue
        if done != tiles { return false }
        advance(past: tag)
        return true
    }

    private func count(_ executed: Int) {
        if let counts = run.executed { counts[worker] &+= executed }
    }
}
