import Memory

/// One mapping of packed weights, bound to its place before it is written.
final class WeightBlock: Sendable {
    let memory: MappedMemory
    let placement: WeightPlacement
    private let refusal: Int32

    /// Memory of this process's, which it binds.
    init(_ memory: consuming MappedMemory, _ placement: WeightPlacement, _ freeBytes: (Int) -> Int?) {
        self.placement = placement
        refusal = NodeMemory.bind(placement.map(bytes: memory.bytes), base: memory.base, freeBytes: freeBytes)
        self.memory = memory
    }

    /// Memory that processes share, which the one that packed it has bound.
    ///
    /// - Parameter refusal: the error number of binding, where it was this process; else 0.
    init(shared memory: consuming MappedMemory, _ placement: WeightPlacement, refusal: Int32 = 0) {
        self.placement = placement
        self.refusal = refusal
        self.memory = memory
    }

    func contains(_ address: UInt) -> Bool {
        let base = UInt(bitPattern: memory.base)
        return base <= address && address < base + UInt(memory.bytes)
    }

    func nodeOutcome() -> NodeOutcome {
        NodeMemory.outcome(placement.map(bytes: memory.bytes), base: memory.base, refusal: refusal)
    }
}
