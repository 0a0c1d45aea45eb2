import Testing

@testable import Memory

/// Wishes for nodes, on whatever machine this is: what is refused leaves the memory as it was.
@Suite struct NodeMemoryTests {
    @Test func runsJoin() {
        var map = NodeMap()
        map.append(offset: 0, bytes: 8192, nodes: [0])
        map.append(offset: 8192, bytes: 4096, nodes: [0])
        map.append(offset: 12288, bytes: 0, nodes: [1])
        map.append(offset: 12288, bytes: 4096, nodes: [1])
        map.append(offset: 20480, bytes: 8192, nodes: [0, 1])
        #expect(map.runs.map(\.offset) == [0, 12288, 20480])
        #expect(map.runs.map(\.bytes) == [12288, 4096, 8192])
        #expect(map.pages == [0: 4, 1: 2])
    }

    /// Nodes that no machine has: refused, and the contents stay.
    @Test(arguments: [1023, 5000])
    func absentNodesAreRefused(node: Int) throws {
        let memory = try MappedMemory(bytes: 1 << 16)
        memory.base.initializeMemory(as: UInt8.self, repeating: 7, count: 1 << 16)
        var map = NodeMap()
        map.append(offset: 0, bytes: 1 << 16, nodes: [node])
        let refusal = NodeMemory.bind(map, base: memory.base)
        #expect(refusal != 0)
        let outcome = NodeMemory.outcome(map, base: memory.base, refusal: refusal)
        #expect(outcome.pagesRequested == 16 && outcome.refusal == refusal)
        if outcome.queryRefusal == 0 { #expect(outcome.pagesGranted == 0) }
        #expect(memory.base.load(fromByteOffset: (1 << 16) - 1, as: UInt8.self) == 7)
    }

    /// Where the system lets us, pages lie on the node asked for.
    @Test func theFirstNode() throws {
        let memory = try MappedMemory(bytes: 1 << 16)
        var map = NodeMap()
        map.append(offset: 0, bytes: 1 << 15, nodes: [0])
        let refusal = NodeMemory.bind(map, base: memory.base)
        memory.touch()
        let outcome = NodeMemory.outcome(map, base: memory.base, refusal: refusal)
        #expect(outcome.pagesRequested == 8)
        if refusal == 0, outcome.queryRefusal == 0 { #expect(outcome.pagesGranted == 8) }
        #expect(outcome.pagesGranted == nil || outcome.queryRefusal == 0)
    }

    /// A node without room is not asked.
    @Test func fullNodesAreLeftAlone() throws {
        let memory = try MappedMemory(bytes: 1 << 16)
        var map = NodeMap()
        map.append(offset: 0, bytes: 1 << 16, nodes: [1023])
        #expect(NodeMemory.bind(map, base: memory.base, freeBytes: { _ in 4096 }) == 12)
        #expect(NodeMemory.bind(map, base: memory.base, freeBytes: { _ in 1 << 20 }) != 12)
    }

    @Test func outcomesAdd() {
        var a = NodeOutcome()
        a.pagesRequested = 3
        a.pagesGranted = 2
        a.pagesByNode = [0: 3]
        var b = NodeOutcome()
        b.pagesRequested = 1
        b.refusal = 1
        let sum = a + b
        #expect(sum.pagesRequested == 4 && sum.pagesGranted == nil && sum.refusal == 1 && sum.pagesByNode == [0: 3])
        #expect((NodeOutcome() + a).pagesGranted == 2)
    }
}
