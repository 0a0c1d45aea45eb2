import Planning
import TestSupport
import Testing

@testable import UNet1D

/// Traced forwards: what is recorded, and that recording changes no bit.
@Suite struct TraceTests {
    /// Every tile of every operation is in one slice; a worker's slices do not overlap; every forward lies within its own
    /// time. With five workers, some stages have fewer tiles than workers.
    @Test(arguments: Fixture.numeric, Pools.counts)
    func everyTileIsRecordedOnce(fixture: Fixture, workers: Int) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(workers))
        let expected = bits(tensors.run(&session))
        let forwards = 3
        let trace = try session.prepareTrace(forwards: forwards)
        for _ in 0..<forwards {
            let output = tensors.run(&session, trace)
            #expect(bits(output) == expected)
            // Between them, one that is not recorded.
            #expect(bits(tensors.run(&session)) == expected)
        }
        try expectWhole(trace, of: session.plan, forwards: forwards)
    }

    @Test(arguments: [WorkerPool.Options.TileOrder.shuffled(seed: 3), .sequential])
    func orderOfTilesMattersNot(order: WorkerPool.Options.TileOrder) throws {
        let fixture = Fixture.named("real_hopper_h32")
        let tensors = try #require(try fixture.tensors())
        var options = WorkerPool.Options()
        options.tileOrder = order
        var session = try Session(
            model: try UNet1DModel(directory: fixture.directory), shape: tensors.shape,
            pool: try WorkerPool(workers: 3, options: options))
        let trace = try session.prepareTrace(forwards: 20)
        for _ in 0..<20 { _ = tensors.run(&session, trace) }
        try expectWhole(trace, of: session.plan, forwards: 20)
    }

    /// On an embedder's threads, and where each worker has few tiles.
    @Test(arguments: ForeignExecutor.allCases) func otherThreadsAreRecorded(kind: ForeignExecutor) throws {
        let fixture = Fixture.named("value_small")
        let tensors = try #require(try fixture.tensors())
        var session = try Session(
            model: try UNet1DModel(directory: fixture.directory), shape: tensors.shape,
            pool: try WorkerPool(parallelFor: kind.executor(workers: 4)))
        let trace = try session.prepareTrace(forwards: 2)
        for _ in 0..<2 { _ = tensors.run(&session, trace) }
        try expectWhole(trace, of: session.plan, forwards: 2)
    }

    private func expectWhole(_ trace: ForwardTrace, of plan: Plan, forwards: Int) throws {
        try #require(trace.forwards.count == forwards)
        var tiles = plan.operations.map { Array(repeating: [Int](repeating: 0, count: $0.tileCount), count: forwards) }
        // By forward and stage.
        var begins: [Int: UInt64] = [:]
        var ends: [Int: UInt64] = [:]
        for worker in 0..<trace.workers {
            var previous: UInt64 = 0
            for slice in trace.slices(of: worker) {
                let forward = Int(slice.forward)
                let operation = Int(slice.operation)
                #expect(slice.begin >= previous && slice.end >= slice.begin, "worker \(worker)")
                #expect(trace.forwards[forward].begin <= slice.begin && slice.end <= trace.forwards[forward].end)
                previous = slice.end
                for tile in slice.firstTile..<slice.endTile { tiles[operation][forward][Int(tile)] += 1 }
                let stage = forward * plan.stageCount + plan.operations[operation].stage
                begins[stage] = min(begins[stage] ?? .max, slice.begin)
                ends[stage] = max(ends[stage] ?? 0, slice.end)
            }
        }
        for (index, operation) in plan.operations.enumerated() {
            for forward in 0..<forwards {
                #expect(tiles[index][forward].allSatisfy { $0 == 1 }, "\(operation.name), forward \(forward)")
            }
        }
        // A stage begins when the one before has ended.
        let stages = begins.keys.sorted()
        for (before, after) in zip(stages, stages.dropFirst()) {
            #expect((ends[before] ?? .max) <= (begins[after] ?? 0), "stage \(after)")
        }
    }
}

extension ForwardTensors {
    /// One forward of `session` that is recorded.
    fileprivate func run(_ session: inout Session, _ trace: ForwardTrace) -> [Float] {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: timestep, output: &span, trace: trace)
        return output
    }
}
