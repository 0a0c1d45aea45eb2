/// A run in which a claim means another tile than it says, for tests. It stands between the pool and the run's function,
/// so that the loops that claim tiles know nothing of it.
struct ReorderedRun {
    let run: RunDescriptor
    /// The seed of each stage's permutation; nil: all stages are one, whose tiles are theirs in turn.
    let seed: UInt64?

    /// Hands what stands for the run to `execute`.
    func execute(by execute: (RunDescriptor) -> Void) {
        let tiles = (0..<run.count).reduce(0) { $0 + run.stages[$1] }
        var reordered = run
        reordered.function = runReorderedTile
        withUnsafePointer(to: tiles) { tiles in
            if seed == nil { (reordered.stages, reordered.count) = (tiles, 1) }
            withUnsafePointer(to: self) { context in
                reordered.context = UnsafeRawPointer(context)
                execute(reordered)
            }
        }
    }

    fileprivate func runTile(_ stage: Int, _ index: Int, _ worker: Int) {
        var (stage, tile) = (stage, index)
        if let seed {
            tile = TilePermutation(seed: seed, stage: stage, tiles: run.stages[stage]).tile(index)
        } else {
            while tile >= run.stages[stage] { (stage, tile) = (stage + 1, tile - run.stages[stage]) }
        }
        run.function(run.context, stage, tile, worker)
    }
}

private func runReorderedTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    context.unsafelyUnwrapped.assumingMemoryBound(to: ReorderedRun.self).pointee.runTile(stage, tile, worker)
}
