/// A run in which a claim means another tile than it says, for tests. It stands between the pool and the run's function,
/// so that the loops that claim tiles know nothing of it.
struct ReorderedRun {
    private let run: RunDescriptor
    private let seed: UInt64

    /// Calls `execute` with `run` in another order.
    static func execute(_ run: RunDescriptor, _ order: WorkerPoolOptions.TileOrder, by execute: (RunDescriptor) -> Void)
    {
        var reordered = run
        var tiles = 0
        for stage in 0..<run.count { tiles += run.stages[stage] }
        var seed: UInt64 = 0
        if case .shuffled(let given) = order { seed = given }
        withUnsafePointer(to: tiles) { tiles in
            withUnsafePointer(to: ReorderedRun(run: run, seed: seed)) { context in
                reordered.context = UnsafeRawPointer(context)
                switch order {
                case .sequential: reordered = run
                case .shuffled: reordered.function = runShuffledTile
                case .acrossStages:
                    (reordered.stages, reordered.count, reordered.function) = (tiles, 1, runTileOfAnyStage)
                }
                execute(reordered)
            }
        }
    }

    fileprivate func runShuffled(_ stage: Int, _ tile: Int, _ worker: Int) {
        let order = TilePermutation(seed: seed, stage: stage, tiles: UInt64(run.stages[stage]))
        run.function(run.context, stage, Int(order.tile(UInt64(tile))), worker)
    }

    /// - Parameter index: counts the tiles of all stages.
    fileprivate func runAny(_ index: Int, _ worker: Int) {
        var (stage, tile) = (0, index)
        while tile >= run.stages[stage] { (stage, tile) = (stage + 1, tile - run.stages[stage]) }
        run.function(run.context, stage, tile, worker)
    }
}

private func reordered(_ context: UnsafeRawPointer?) -> ReorderedRun {
    context.unsafelyUnwrapped.assumingMemoryBound(to: ReorderedRun.self).pointee
}

private func runShuffledTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    reordered(context).runShuffled(stage, tile, worker)
}

private func runTileOfAnyStage(_ context: UnsafeRawPointer?, _: Int, _ tile: Int, _ worker: Int) {
    reordered(context).runAny(tile, worker)
}
