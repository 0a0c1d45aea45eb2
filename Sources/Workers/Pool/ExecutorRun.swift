import CUNet1DSystem
import Synchronization

/// A run on an embedder's parallel-for. Lives on the caller's stack: the parallel-for returns when no body uses it any
/// more.
///
/// A parallel-for that breaks its rules ends the process, wherever that can be seen: an index twice would give two
/// threads the scratch of one worker, an early return leaves threads writing to what is the caller's again.
struct ExecutorRun: ~Copyable {
    /// A bit for each body that was called, of `WorkerPool.maximumWorkers`. The first field, so that its address is
    /// that of the whole. (Making an array of atomics would make their type's metadata, which allocates.)
    private var called = InlineArray<16, UInt64>(repeating: 0)
    private let run: RunDescriptor
    private var stage = 0
    /// The number of bodies that the parallel-for must run.
    private var bodies = 0
    /// Tiles of the stage that are claimed.
    private let claimed = Atomic<UInt64>(0)
    /// Bodies that have returned.
    private let returned = Atomic<Int>(0)

    init(_ run: RunDescriptor) { self.run = run }

    /// Executes all stages, those of one tile on the caller.
    mutating func execute(on parallelFor: WorkerPool.ParallelFor) {
        while stage < run.count {
            let tiles = run.stages[stage]
            if tiles == 1 {
                let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
                run.function(run.context, stage, 0, 0)
                system_control_word_restore(controlWord)
                if let executed = run.executed { executed[0] &+= 1 }
            } else if tiles > 1 {
                begin(bodies: min(parallelFor.workers, tiles))
                let bodies = bodies
                withUnsafeMutablePointer(to: &self) {
                    parallelFor.function(parallelFor.context, bodies, claimTiles, UnsafeMutableRawPointer($0))
                }
                precondition(
                    returned.load(ordering: .acquiring) == bodies,
                    "the parallel-for returned before each of its bodies had been called and had returned")
            }
            stage += 1
        }
    }

    private mutating func begin(bodies: Int) {
        precondition(bodies <= 64 * called.count, "WorkerPool.maximumWorkers has grown beyond the bits of a run")
        self.bodies = bodies
        claimed.store(0, ordering: .relaxed)
        returned.store(0, ordering: .relaxed)
        for word in 0...(bodies - 1) / 64 { called[word] = 0 }
    }

    /// Claims and executes tiles until none is left. One index is one worker: no two threads have it at once.
    fileprivate borrowing func serve(as worker: Int, at address: UnsafeMutableRawPointer) {
        precondition(0..<bodies ~= worker, "the parallel-for called its body with an index of its own")
        let bit: UInt64 = 1 << UInt64(worker % 64)
        let called = address.assumingMemoryBound(to: Atomic<UInt64>.self)
        let before = called[worker / 64].bitwiseOr(bit, ordering: .relaxed).oldValue
        precondition(before & bit == 0, "the parallel-for called its body twice with one index")
        let tiles = UInt64(run.stages[stage])
        var executed = 0
        while true {
            let index = claimed.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= tiles { break }
            run.function(run.context, stage, Int(index), worker)
            executed += 1
        }
        if let counts = run.executed { counts[worker] &+= executed }
        returned.wrappingAdd(1, ordering: .releasing)
    }
}

private func claimTiles(_ run: UnsafeMutableRawPointer?, _ index: Int) {
    let controlWord = system_control_word_enter(UInt32(SYSTEM_COMPUTING_CONTROL_WORD))
    let run = run.unsafelyUnwrapped
    run.assumingMemoryBound(to: ExecutorRun.self).pointee.serve(as: index, at: run)
    system_control_word_restore(controlWord)
}
