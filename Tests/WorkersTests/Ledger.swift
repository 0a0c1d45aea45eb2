import Synchronization

@testable import Workers

/// What the tiles of a run leave behind: how often each was executed, whether one came before its stage's turn.
///
/// Sendable unchecked: everything that tiles write is atomic; the rest is fixed at creation.
final class Ledger: @unchecked Sendable {
    let stages: [Int]
    private let pages: UnsafeMutablePointer<Pages>
    private let starts: UnsafeMutablePointer<Int>
    private let tiles: UnsafeMutablePointer<Int>
    private let counts: UnsafeMutablePointer<Atomic<Int>>
    private let finished: UnsafeMutablePointer<Atomic<Int>>
    let executed: UnsafeMutablePointer<Int>
    private let workers: Int
    private let total: Int

    /// What the tile function sees.
    struct Pages: ~Copyable {
        let tiles: UnsafeMutablePointer<Int>
        let starts: UnsafeMutablePointer<Int>
        let counts: UnsafeMutablePointer<Atomic<Int>>
        let finished: UnsafeMutablePointer<Atomic<Int>>
        let work: Int
        let round = Atomic(1)
        let early = Atomic(0)
        let wrongWorker = Atomic(0)
        let workers: Int
    }

    /// - Parameter work: rounds of arithmetic in each tile.
    init(stages: [Int], workers: Int, work: Int = 0) {
        self.stages = stages
        self.workers = workers
        total = stages.reduce(0, +)
        tiles = .allocate(capacity: stages.count + 1)
        starts = .allocate(capacity: stages.count + 1)
        counts = .allocate(capacity: total + 1)
        finished = .allocate(capacity: stages.count + 1)
        executed = .allocate(capacity: workers)
        executed.initialize(repeating: 0, count: workers)
        var start = 0
        for (stage, count) in stages.enumerated() {
            (tiles + stage).initialize(to: count)
            (starts + stage).initialize(to: start)
            (finished + stage).initialize(to: Atomic(0))
            start += count
        }
        for tile in 0..<total { (counts + tile).initialize(to: Atomic(0)) }
        pages = .allocate(capacity: 1)
        pages.initialize(
            to: Pages(tiles: tiles, starts: starts, counts: counts, finished: finished, work: work, workers: workers))
    }

    deinit {
        pages.deinitialize(count: 1)
        pages.deallocate()
        tiles.deallocate()
        starts.deallocate()
        counts.deallocate()
        finished.deallocate()
        executed.deallocate()
    }

    /// Executes the stages once. One run at a time.
    func run(on pool: WorkerPool) {
        pool.run(context: pages, stages: tiles, count: stages.count, function: Self.tile, executed: executed)
        pages.pointee.round.wrappingAdd(1, ordering: .relaxed)
    }

    private static let tile: StageFunction = { context, stage, tile, worker in
        let pages = context!.assumingMemoryBound(to: Pages.self)
        let round = pages.pointee.round.load(ordering: .relaxed)
        if !(0..<pages.pointee.workers ~= worker) { pages.pointee.wrongWorker.wrappingAdd(1, ordering: .relaxed) }
        for before in 0..<stage
        where pages.pointee.finished[before].load(ordering: .relaxed) != round * pages.pointee.tiles[before] {
            pages.pointee.early.wrappingAdd(1, ordering: .relaxed)
        }
        var x = 1.0
        for _ in 0..<pages.pointee.work { x = x * 1.000001 + 1e-9 }
        if x < 0 { return }
        pages.pointee.counts[pages.pointee.starts[stage] + tile].wrappingAdd(1, ordering: .relaxed)
        pages.pointee.finished[stage].wrappingAdd(1, ordering: .relaxed)
    }

    /// Rounds that have been run.
    var rounds: Int { pages.pointee.round.load(ordering: .relaxed) - 1 }

    /// Whether every tile was executed once a round, none before its turn, each by a worker of the pool, and the
    /// counters add up.
    var isExact: Bool {
        let all = (0..<total).allSatisfy { counts[$0].load(ordering: .relaxed) == rounds }
        return all && pages.pointee.early.load(ordering: .relaxed) == 0
            && pages.pointee.wrongWorker.load(ordering: .relaxed) == 0
            && (0..<workers).map { executed[$0] }.reduce(0, +) == rounds * total
    }
}
