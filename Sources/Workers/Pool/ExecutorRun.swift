import CUNet1DSystem
import Synchronization

/// A run on an embedder's parallel-for. Lives on the caller's stack: the executor returns when no body uses it any more.
struct ExecutorRun {
    /// Tiles of the stage that are claimed. The first field, so that its address is that of the whole.
    private var claimed: UInt64 = 0
    private let run: RunDescriptor
    private let shuffleSeed: UInt64?
    private var stage = 0

    init(_ run: RunDescriptor, shuffleSeed: UInt64?) {
        self.run = run
        self.shuffleSeed = shuffleSeed
    }

    /// Executes all stages, those of one tile on the caller.
    mutating func execute(on executor: Executor) {
        while stage < run.count {
            let tiles = run.stages[stage]
            if tiles == 1 {
                run.function(run.context, stage, 0, 0)
                if let executed = run.executed { executed[0] &+= 1 }
            } else if tiles > 1 {
                claimed = 0
                withUnsafeMutablePointer(to: &self) {
                    executor.function(
                        executor.context, min(executor.workers, tiles), claimTiles, UnsafeMutableRawPointer($0))
                }
            }
            stage += 1
        }
    }

    /// Claims and executes tiles until none is left. One index is one worker: no two threads have it at once.
    fileprivate static func serve(_ this: UnsafeMutablePointer<ExecutorRun>, as worker: Int) {
        let run = this.pointee.run
        let stage = this.pointee.stage
        let tiles = UInt64(run.stages[stage])
        let order = ClaimPermutation(seed: this.pointee.shuffleSeed, stage: stage, tiles: tiles)
        let next = UnsafeMutableRawPointer(this).assumingMemoryBound(to: Atomic<UInt64>.self)
        var executed = 0
        while true {
            let index = next.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= tiles { break }
            run.function(run.context, stage, Int(order.tile(index)), worker)
            executed += 1
        }
        if let counts = run.executed { counts[worker] &+= executed }
    }
}

private func claimTiles(_ run: UnsafeMutableRawPointer?, _ index: Int) {
    let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
    ExecutorRun.serve(run.unsafelyUnwrapped.assumingMemoryBound(to: ExecutorRun.self), as: index)
    system_control_word_restore(controlWord)
}
