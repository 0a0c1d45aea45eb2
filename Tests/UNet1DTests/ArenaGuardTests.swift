import TestSupport
import Testing

@testable import UNet1D

/// No operation reads or writes past the end of its buffers: in a guarded session every buffer ends at a page that
/// faults, so a fault would end the test program.
@Suite struct ArenaGuardTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func guardedBuffersGiveTheSameBits(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        for options in Session.Options.ofEveryKind(isa: isa) {
            let kind = "\(options.accuracy), \(options.precision)"
            let plan = try model.plan(tensors.shape, options: options)
            var plain = try Session(model: model, plan: plan, pool: Pools.pool(1))
            let expected = bits(tensors.run(&plain))
            for workers in [1, 3] {
                var session = try Session(model: model, plan: plan, pool: Pools.pool(workers), guarded: true)
                #expect(bits(tensors.run(&session)) == expected, "\(kind) with \(workers) workers")
                #expect(bits(tensors.run(&session)) == expected, "\(kind) with \(workers) workers, again")
            }
        }
    }

    /// The gate itself: one byte past a buffer ends the program, its last byte does not.
    @Test func writingPastABufferFaults() async {
        await #expect(processExitsWith: .failure) { try Self.write(atEndPlus: 0) }
        await #expect(processExitsWith: .success) { try Self.write(atEndPlus: -1) }
    }

    private static func write(atEndPlus offset: Int) throws {
        let fixture = Fixture.named("noskip_1level")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let plan = try model.plan(tensors.shape)
        let session = try Session(model: model, plan: plan, pool: Pools.pool(1), guarded: true)
        // A buffer's room is whole cache lines, as its start is aligned.
        let end = (plan.bufferPlacements[0].usage.bytes + 63) / 64 * 64
        session.memory.buffers[0][0].storeBytes(of: 1, toByteOffset: end + offset, as: UInt8.self)
    }
}
