import Arena
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// Short forwards take what comes from below their levels from the latest whole forward, and nothing else of it.
@Suite struct ShortForwardTests {
    private static let fixtures = Fixture.numeric.filter { fixture in
        (try? UNet1DModel(directory: fixture.directory)).map { !$0.network.up.isEmpty } ?? false
    }

    /// Whole forwards keep their bits, and a short one gives them for the same sample and timestep.
    @Test(arguments: fixtures, TestISA.all)
    func bitsAreThoseOfWholeForwards(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        for accuracy in Accuracy.allCases {
            var options = Session.Options(isa: isa, accuracy: accuracy)
            var plain = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2), options: options)
            let expected = bits(tensors.run(&plain))
            for levels in 1...model.network.up.count {
                options.shortLevels = levels
                var session = try Session(model: model, shape: tensors.shape, pool: Pools.pool(2), options: options)
                session.poison()
                expect(session, canRunShortForward: false)
                #expect(bits(tensors.run(&session)) == expected)
                expect(session, canRunShortForward: true)
                #expect(bits(short(&session, tensors.sample, tensors.timestep)) == expected, "\(levels) levels")
            }
        }
    }

    /// Only the tensor from below lasts: another session that is given it gives the same bits, with any number of workers and
    /// after other short forwards.
    ///
    /// A norm over one position leaves nothing of the sample.
    @Test(arguments: fixtures.filter { (try? $0.tensors())?.shape.length != 1 })
    func onlyTheTensorFromBelowLasts(fixture: Fixture) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let other = tensors.sample.map { 0.5 - $0 }
        let timestep = try Timestep(tensors.timestep.values.map { $0 / 2 })
        for levels in 1...model.network.up.count {
            let options = Session.Options(shortLevels: levels)
            var first = try Session(model: model, shape: tensors.shape, pool: Pools.pool(1), options: options)
            let whole = tensors.run(&first)
            let expected = bits(short(&first, other, timestep))
            #expect(expected != bits(whole))
            for workers in [2, 5] {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(workers), options: options)
                var output = whole
                var span = output.mutableSpan
                session.forward(sample: other.span, timestep: timestep, output: &span)
                let plan = session.plan
                let deep = try #require(plan.deepBuffer)
                let bytes = plan.bufferPlacements[deep].usage.bytes
                session.memory.buffers[0][deep].copyMemory(from: first.memory.buffers[0][deep], byteCount: bytes)
                #expect(bits(short(&session, tensors.sample, timestep)) != expected)
                #expect(bits(short(&session, other, timestep)) == expected)
            }
        }
    }

    /// A short forward has the operations of its levels, and no other.
    @Test(arguments: Workload.all.filter { !$0.network.up.isEmpty })
    func operationsAreThoseOfTheOuterLevels(workload: Workload) throws {
        let (downs, ups) = (workload.network.down.count, workload.network.up.count)
        for levels in 1...ups {
            let plan = try Plan(
                network: workload.network, shape: workload.shape,
                options: Session.Options(shortLevels: levels))
            let short = try #require(plan.short)
            let deep =
                workload.network.down[(downs - ups + levels)...].map { $0.name + "." } + [
                    workload.network.mid.name + "."
                ]
                + workload.network.up[..<(ups - levels)].map { $0.name + "." }
            func isDeep(_ name: String) -> Bool { deep.contains { name.hasPrefix($0) } }
            #expect(!short.operations.contains { isDeep($0.name) })
            let names = Set(short.operations.map(\.name))
            let missing = plan.operations.filter { !isDeep($0.name) && !names.contains($0.name) }
            // A planner's down blocks, and a policy's, end with the resampling for the next one.
            let isResampling = { (name: String) in name.contains(".downsample.") || name.hasSuffix(".2.conv") }
            #expect(missing.allSatisfy { isResampling($0.name) }, "\(missing.map(\.name))")
            #expect(try #require(plan.shortMultiplyAdds) < plan.multiplyAdds)
            #expect(plan.layout.overlaps(plan.bufferPlacements.map(\.usage)).isEmpty)
        }
    }

    @Test func levelsThatAreNotThere() throws {
        let model = try UNet1DModel(configuration: UNet1DConfiguration(extraInChannels: 16), seed: 1)
        for levels in [-1, 0, 4, Int.max] {
            let error = #expect(throws: UNet1DError.self) {
                _ = try model.plan(ForwardShape(batch: 1, length: 64), options: Session.Options(shortLevels: levels))
            }
            #expect(
                "\(error.map { "\($0)" } ?? "")" == "short levels is \(levels), expected 1 to 3, the model's up blocks")
        }
    }

    /// Another shape's forward takes the memory of what was kept.
    @Test func anotherShapeEndsShortForwards() throws {
        let model = try UNet1DModel(configuration: UNet1DConfiguration(extraInChannels: 16), seed: 1)
        let shapes = [64, 128].map { ForwardShape(batch: 1, length: $0) }
        var session = try Session(
            model: model, shapes: shapes, pool: Pools.pool(1), options: Session.Options(shortLevels: 1))
        func whole(_ session: inout Session) {
            var output = [Float](repeating: 0, count: session.plan.outputCount)
            var span = output.mutableSpan
            session.forward(
                sample: [Float](repeating: 0.5, count: session.plan.sampleCount).span, timestep: Timestep(0.5),
                output: &span)
        }
        whole(&session)
        try session.select(shapes[1])
        expect(session, canRunShortForward: false)
        whole(&session)
        expect(session, canRunShortForward: true)
        try session.select(shapes[0])
        expect(session, canRunShortForward: false)
        whole(&session)
        try session.prepare(ForwardShape(batch: 2, length: 64))
        expect(session, canRunShortForward: false)
    }

    /// In a function of its own, as the macro would copy the session.
    private func expect(
        _ session: borrowing Session, canRunShortForward expected: Bool, place: SourceLocation = #_sourceLocation
    ) {
        let found = session.canRunShortForward
        #expect(found == expected, sourceLocation: place)
    }

    private func short(_ session: inout Session, _ sample: [Float], _ timestep: Timestep) -> [Float] {
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.shortForward(sample: sample.span, timestep: timestep, output: &span)
        return output
    }
}
