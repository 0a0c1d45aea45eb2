import Dispatch
import Testing

@testable import Workers

extension WorkersTests {
    /// Every tile exactly once, stage after stage.
    @Suite struct Runs {
        static let shapes: [[Int]] = [
            [], [0], [1], [2], [7], [1000], [0, 0, 0], [1, 1, 1, 1], [3, 0, 5, 0], [0, 1, 0, 2, 1, 1, 9, 1],
            [2, 3, 4, 5, 6, 7, 8, 9, 10], [64, 1, 64, 1, 64], [5000, 1, 3], Array(repeating: 2, count: 100),
        ]

        static func options(
            spin: UInt64 = 20_000, order: WorkerPool.Options.TileOrder = .sequential
        ) -> WorkerPool.Options {
            var options = WorkerPool.Options()
            options.spinNanoseconds = spin
            options.tileOrder = order
            return options
        }

        @Test(arguments: [1, 2, 3, 5, 8, 16], [WorkerPool.Options.TileOrder.sequential, .shuffled(seed: 7)])
        func everyTileOnceInOrder(workers: Int, order: WorkerPool.Options.TileOrder) throws {
            let pool = try WorkerPool(workers: workers, options: Self.options(order: order))
            for stages in Self.shapes {
                let ledger = Ledger(stages: stages, workers: workers, work: 10)
                for _ in 0..<20 { ledger.run(on: pool) }
                #expect(ledger.isExact, "\(stages)")
            }
        }

        @Test(arguments: [0, 1_000, 100_000])
        func tenThousandShortRuns(spin: UInt64) throws {
            let pool = try WorkerPool(workers: 2, options: Self.options(spin: spin))
            let ledger = Ledger(stages: [2, 1, 4], workers: 2)
            for _ in 0..<10_000 { ledger.run(on: pool) }
            #expect(ledger.isExact)
        }

        @Test func spinningForever() throws {
            let pool = try WorkerPool(workers: 2, options: Self.options(spin: .max))
            let ledger = Ledger(stages: [4, 4, 1, 4], workers: 2, work: 100)
            for _ in 0..<200 { ledger.run(on: pool) }
            #expect(ledger.isExact)
        }

        @Test func workersThatSleptAreWoken() throws {
            let pool = try WorkerPool(workers: 3, options: Self.options(spin: 0))
            let ledger = Ledger(stages: [300, 300], workers: 3, work: 2_000)
            // How soon they come is the scheduler's business; that they come is ours.
            let came = eventually {
                ledger.run(on: pool)
                pauseThread(milliseconds: 5)
                return (1..<3).contains { ledger.executed[$0] > 0 }
            }
            #expect(came)
            #expect(ledger.isExact)
        }

        @Test(arguments: [2, 3, 8])
        func severalCallersAtOnce(workers: Int) throws {
            let pool = try WorkerPool(workers: workers, options: Self.options(spin: 5_000))
            let ledgers = (0..<6).map { Ledger(stages: [$0, 9, 1, 40], workers: workers, work: 50) }
            let group = DispatchGroup()
            for ledger in ledgers {
                DispatchQueue(label: "caller").async(group: group) { for _ in 0..<500 { ledger.run(on: pool) } }
            }
            group.wait()
            for ledger in ledgers { #expect(ledger.isExact) }
        }

        @Test func parallelFor() throws {
            let pool = try WorkerPool(workers: 3)
            var marks = [UInt8](repeating: 0, count: 999)
            marks.withUnsafeMutableBytes { bytes in
                pool.parallelFor(999, context: bytes.baseAddress) { context, _, tile, _ in
                    UnsafeMutableRawPointer(mutating: context!).assumingMemoryBound(to: UInt8.self)[tile] += 1
                }
            }
            #expect(marks.allSatisfy { $0 == 1 })
        }

        @Test(arguments: [2, 3, 10, 97, 4096, 65_537], [0, 1, 12_345] as [UInt64])
        func shuffleIsAPermutation(tiles: Int, seed: UInt64) {
            let order = TilePermutation(seed: seed, stage: 3, tiles: tiles)
            let all = (0..<tiles).map { order.tile($0) }
            #expect(Set(all).count == tiles)
            #expect(all.allSatisfy { $0 < tiles })
        }
    }
}
