import CUNet1DSystem
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// No page that a session's forwards touch can be gathered into a huge one meanwhile, which would fault.
@Suite struct PageSizeTests {
    @Test(arguments: [1, 2], [false, true])
    func pagesOfForwardsKeepTheirSizes(workers: Int, isSupplied: Bool) throws {
        let model = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let shapes = [32, 64].map { ForwardShape(batch: 1, length: $0) }
        let bytes = try shapes.map { try model.plan($0).arenaBytes }.reduce(0, max)
        let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
        defer { arena.deallocate() }
        let session = try Session(
            model: model, shapes: shapes, pool: Pools.pool(workers), arena: isSupplied ? arena : nil)
        var addresses: [(String, UnsafeRawPointer)] = [("scratch", UnsafeRawPointer(session.memory.scratch))]
        if !isSupplied { addresses.append(("arena", UnsafeRawPointer(session.memory.buffers[0][0]))) }
        for (index, shape) in shapes.enumerated() {
            let prepared = session.prepared[index]
            let context = prepared.pointee.bound.context
            let stages = context.pointee.stages
            let last = prepared.pointee.bound.stageCount - 1
            let ofShape: [(String, UnsafeRawPointer)] = [
                ("shape", UnsafeRawPointer(prepared)), ("context", UnsafeRawPointer(context)),
                ("tiles", UnsafeRawPointer(prepared.pointee.bound.stageTiles + last)),
                ("stage", UnsafeRawPointer(stages + last)),
                ("operation", UnsafeRawPointer(stages[last].operations)),
                ("arguments", stages[last].operations.pointee.arguments),
                ("offset", UnsafeRawPointer(context.pointee.argumentOffsets + (workers - 1))),
            ]
            for (part, address) in ofShape { addresses.append(("\(part) of \(shape)", address)) }
        }
        for (weight, pointer) in try model.weights.pointers(for: session.plan).enumerated() {
            addresses.append(("weight \(weight)", pointer))
        }
        for (name, address) in addresses { #expect(PageSizes.areKept(at: address) != false, "\(name)") }
        withExtendedLifetime(session) {}
    }

    /// The check itself, on a page about which nobody has said anything.
    @Test func othersAreNot() throws {
        var page: UnsafeMutableRawPointer?
        try #require(system_map(system_page_bytes(), &page) == 0)
        let other = try #require(page)
        defer { _ = system_unmap(other, system_page_bytes()) }
        #expect(PageSizes.areKept(at: other) != true)
        if system_keep_page_sizes(other, system_page_bytes()) == 0 { #expect(PageSizes.areKept(at: other) != false) }
    }
}
