import TestSupport
import Testing

@testable import UNet1D

/// Sessions for several shapes, and on memory that the caller brings.
@Suite struct SharedArenaTests {
    /// Lengths that a model takes, the largest in the middle.
    private static let shapes = [64, 256, 128].map { ForwardShape(batch: $0 == 64 ? 3 : 1, length: $0) }

    private func model() throws -> UNet1DModel {
        try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
    }

    private static func sample(_ plan: Plan) -> [Float] {
        (0..<plan.sampleCount).map { Float(($0 * 37) % 101) / 50 - 1 }
    }

    private static func run(_ session: inout Session) throws -> [UInt32] {
        let plan = session.plan
        var output = [Float](repeating: .nan, count: plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample(plan).span, timestep: Timestep(7), output: &span)
        return bits(output)
    }

    /// The bits of sessions that have one shape each.
    private static func alone(_ model: UNet1DModel, _ isa: ISA) throws -> [[UInt32]] {
        try shapes.map {
            var session = try Session(model: model, shape: $0, pool: Pools.pool(1), options: Session.Options(isa: isa))
            return try run(&session)
        }
    }

    @Test(arguments: TestISA.all, [1, 3])
    func everyShapeHasTheBitsOfASessionOfItsOwn(isa: ISA, workers: Int) throws {
        let model = try model()
        let expected = try Self.alone(model, isa)
        var session = try Session(
            model: model, shapes: Self.shapes + Self.shapes, pool: Pools.pool(workers),
            options: Session.Options(isa: isa))
        #expect(session.shapes == Self.shapes)
        #expect(session.plan.shape == Self.shapes[0])
        for index in [0, 1, 2, 1, 0, 2, 0] {
            session.poison()
            try session.select(Self.shapes[index])
            #expect(session.plan.shape == Self.shapes[index])
            #expect(try Self.run(&session) == expected[index])
        }
    }

    @Test func theArenaIsThatOfTheLargest() throws {
        let model = try model()
        let sizes = try Self.shapes.map { try Session(model: model, shape: $0, pool: Pools.pool(2)).memoryBytes }
        let session = try Session(model: model, shapes: Self.shapes, pool: Pools.pool(2))
        #expect(session.memory.arenaBytes == (try Self.shapes.map { try model.plan($0).arenaBytes }.max()))
        let scratch = try Self.shapes.map { try model.plan($0).scratchBytesPerWorker }.max()!
        let expected = (session.memory.arenaBytes + 4095) / 4096 * 4096 + 2 * ((scratch + 4095) / 4096 * 4096)
        #expect(session.memoryBytes == expected)
        #expect(session.memoryBytes < sizes.reduce(0, +))
    }

    @Test func unpreparedShapesAreRefusedBySelect() throws {
        let model = try model()
        var session = try Session(model: model, shapes: Self.shapes, pool: Pools.pool(1))
        let stranger = ForwardShape(batch: 2, length: 64)
        let error = #expect(throws: UNet1DError.self) { try session.select(stranger) }
        let text = error.map { "\($0)" } ?? ""
        #expect(
            text.contains("found batch 2, length 64") && text.contains("batch 3, length 64") && text.contains("prepare")
        )
        #expect(session.plan.shape == Self.shapes[0])
        #expect(throws: UNet1DError.self) { _ = try Session(model: model, shapes: [], pool: Pools.pool(1)) }
    }

    @Test func prepareAddsAShape() throws {
        let model = try model()
        let expected = try Self.alone(model, TestISA.all[0])
        var session = try Session(
            model: model, shape: Self.shapes[0], pool: Pools.pool(2), options: Session.Options(isa: TestISA.all[0]))
        #expect(throws: UNet1DError.self) { try session.prepare(ForwardShape(batch: 1, length: 0)) }
        for shape in Self.shapes { try session.prepare(shape) }
        #expect(session.shapes == Self.shapes)
        #expect(try Self.run(&session) == expected[0])
        try session.select(Self.shapes[1])
        #expect(try Self.run(&session) == expected[1])
    }

    // MARK: - Memory of the caller

    @Test(arguments: TestISA.all)
    func callersMemoryGivesTheSameBits(isa: ISA) throws {
        let model = try model()
        let options = Session.Options(isa: isa)
        let expected = try Self.alone(model, isa)
        let bytes = try Self.shapes.map { try model.plan($0, options: options).arenaBytes }.max()!
        // A line of the caller's own on each side, which must stay as it is.
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes + 128, alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
        let arena = UnsafeMutableRawBufferPointer(rebasing: memory[64..<64 + bytes])
        var session = try Session(
            model: model, shapes: Self.shapes, pool: Pools.pool(2), options: options, arena: arena)
        for index in [1, 0, 2, 1] {
            session.poison()
            try session.select(Self.shapes[index])
            #expect(try Self.run(&session) == expected[index])
        }
        let mapped = try Session(model: model, shapes: Self.shapes, pool: Pools.pool(2), options: options)
        #expect(mapped.memoryBytes - session.memoryBytes == (bytes + 4095) / 4096 * 4096)
        #expect(memory.prefix(64).allSatisfy { $0 == 0xA5 } && memory.suffix(64).allSatisfy { $0 == 0xA5 })
    }

    @Test func unfitMemoryIsRefused() throws {
        let model = try model()
        let bytes = try model.plan(Self.shapes[0]).arenaBytes
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes + 64, alignment: 64)
        defer { memory.deallocate() }
        func refusal(_ range: Range<Int>) -> String {
            let part = UnsafeMutableRawBufferPointer(rebasing: memory[range])
            let error = #expect(throws: UNet1DError.self) {
                _ = try Session(model: model, shape: Self.shapes[0], pool: Pools.pool(1), arena: part)
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(refusal(0..<bytes - 1).contains("holds \(bytes - 1) bytes, expected \(bytes) or more"))
        #expect(refusal(16..<16 + bytes).contains("expected a multiple of 64 bytes"))
        #expect(refusal(0..<0).contains("holds 0 bytes"))
    }

    @Test func prepareKeepsToTheCallersMemory() throws {
        let model = try model()
        let options = Session.Options(isa: TestISA.all[0])
        let expected = try Self.alone(model, TestISA.all[0])
        let needed = try Self.shapes.map { try model.plan($0, options: options).arenaBytes }
        let largest = needed[1]
        #expect(largest == needed.max())
        // Room for all but the largest.
        let bytes = max(needed[0], needed[2])
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
        defer { memory.deallocate() }
        var session = try Session(
            model: model, shape: Self.shapes[0], pool: Pools.pool(2), options: options, arena: memory)
        try session.prepare(Self.shapes[2])
        let error = #expect(throws: UNet1DError.self) { try session.prepare(Self.shapes[1]) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("holds \(bytes) bytes, expected \(largest) or more"))
        #expect(session.shapes == [Self.shapes[0], Self.shapes[2]])
        for index in [0, 2, 0] {
            session.poison()
            try session.select(Self.shapes[index])
            #expect(try Self.run(&session) == expected[index])
        }
    }
}
