import Testing
import TestSupport

@testable import UNet1D

/// Equal input gives equal bits: for any number of workers, any order of tiles, every run.
@Suite struct BitsTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func bitsDependOnNothingButThePlan(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var expected: [UInt32]?
        for arrangement in Arrangement.all {
            var session = try Session(
                model: model, shape: tensors.shape, pool: arrangement.pool, options: Session.Options(isa: isa))
            for run in 1...3 {
                let output = bits(tensors.run(&session))
                #expect(output == expected ?? output, "\(arrangement), run \(run)")
                expected = expected ?? output
            }
        }
    }

    /// Which stages run on one worker decides neither the plan's identifier nor a bit: all of them shared, none, and as usual.
    @Test(arguments: Fixture.numeric, TestISA.all)
    func sharingOfStagesDecidesNoBits(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let usual = try model.plan(tensors.shape, options: Session.Options(isa: isa))
        var expected: [UInt32]?
        for barrier in [MachineProfile.builtIn.barrierNanoseconds, 0, 1e6] {
            var machine = MachineProfile.builtIn
            machine.barrierNanoseconds = barrier
            let options = Session.Options(isa: isa, machine: machine)
            for arrangement in Arrangement.all {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: arrangement.pool, options: options)
                #expect(session.plan.id == usual.id)
                let output = bits(tensors.run(&session))
                #expect(output == expected ?? output, "\(arrangement), barrier \(barrier) ns")
                expected = expected ?? output
            }
        }
    }

    /// The gate itself: what adds in the order of the tiles has other bits in other arrangements.
    @Test func sumInTileOrderIsNoticed() {
        let sums = Set(
            [.sequential, .shuffled(seed: 41)].map { (order: WorkerPool.Options.TileOrder) in
                var sum: Float = 0
                Arrangement(workers: 1, order: order).pool.parallelFor(1000, context: &sum) { sum, _, tile, _ in
                    UnsafeMutableRawPointer(mutating: sum!).assumingMemoryBound(to: Float.self).pointee +=
                        1 / Float(tile + 1)
                }
                return sum.bitPattern
            })
        #expect(sums.count > 1)
    }

    /// Memory advice and repetition change no plan.
    @Test(arguments: Fixture.numeric, TestISA.all)
    func planIsTheSameEachTime(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let first = try model.plan(tensors.shape, options: Session.Options(isa: isa))
        let second = try model.plan(
            tensors.shape, options: Session.Options(isa: isa, hugePages: false, lockMemory: true))
        #expect(first.id == second.id)
        #expect(first.layout == second.layout)
    }
}

/// A pool in which a forward's tiles fall to threads in another way.
private struct Arrangement: Sendable, CustomStringConvertible {
    let workers: Int
    let order: WorkerPool.Options.TileOrder
    let pool: WorkerPool

    var description: String { "\(workers) workers, \(order)" }

    private static let counts = Pools.asked ?? [1, 2, 3, 5, 8]

    static let all: [Arrangement] =
        counts.map { Arrangement(workers: $0, order: .sequential) }
        + counts.map { Arrangement(workers: $0, order: .shuffled(seed: UInt64(40 + $0))) }

    init(workers: Int, order: WorkerPool.Options.TileOrder) {
        self.workers = workers
        self.order = order
        var options = WorkerPool.Options()
        options.tileOrder = order
        // More workers than cores: whoever spins keeps another from working.
        options.spinNanoseconds = 2_000
        options.pinned = false
        guard let pool = try? WorkerPool(workers: workers, options: options) else {
            preconditionFailure("no pool of \(workers) workers could be made")
        }
        self.pool = pool
    }
}
