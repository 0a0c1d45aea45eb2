package import Checkpoint
import CUNet1DSystem
import KernelDispatch
import Memory
import Synchronization

/// Why weights could not be packed.
package enum WeightError: Error, Sendable {
    /// The tensors could not be read.
    case checkpoint(CheckpointError)
    /// The memory could not be had.
    case memory(MemoryError)
}

/// A model's packed weights: each form is made once, when a plan first needs it, and shared by all sessions.
///
/// Sendable: the memory is written before it enters the dictionary, and only read from then on.
package final class WeightStore: Sendable {
    private struct Key: Hashable {
        var request: WeightRequest
        var implementation: String
        var placement: WeightPlacement
    }

    private struct State {
        var pointers: [Key: UInt] = [:]
        var blocks: [WeightBlock] = []

        /// A packed form that is there already, wherever it lies.
        func anyCopy(of key: Key) -> UInt? {
            blocks.lazy.compactMap {
                pointers[Key(request: key.request, implementation: key.implementation, placement: $0.placement)]
            }
            .first
        }
    }

    /// Where the tensors come from.
    package let source: any WeightSource
    private let state = Mutex(State())

    /// An empty store over a source of tensors.
    package init(source: any WeightSource) { self.source = source }

    /// Bytes of packed weights so far, all copies.
    package var bytes: Int { locked { $0.blocks.reduce(0) { $0 + $1.memory.bytes } } }

    /// The packed weights of `plan` at a place, by the plan's indices, packing or copying what is not there yet. Allocates one
    /// mapping; blocks on the disk and on other callers.
    ///
    /// - Parameter freeBytes: what a node has room for, by the kernel's number; nil: unknown.
    @discardableResult
    package func pointers(
        for plan: Plan, at placement: WeightPlacement = .anywhere, freeBytes: (Int) -> Int? = { _ in nil }
    ) throws(WeightError) -> [UnsafeRawPointer] {
        let keys = Self.keys(plan, placement)
        let result: Result<[UInt], WeightError> = locked { state in
            do throws(WeightError) {
                try addMissing(keys, plan, placement, freeBytes, &state)
                return .success(
                    try keys.map { key throws(WeightError) in
                        guard let pointer = state.pointers[key] else {
                            throw .checkpoint(.noSuchTensor(file: "packed weights", tensor: "\(key.request)"))
                        }
                        return pointer
                    })
            } catch {
                return .failure(error)
            }
        }
        return try result.get().map { UnsafeRawPointer(bitPattern: $0).unsafelyUnwrapped }
    }

    /// Bytes of the copies that plans need at some places and that are not there yet; what they share counts once.
    package func missingBytes(_ plans: [Plan], at placements: [WeightPlacement]) -> Int {
        let keys = Set(plans.flatMap { plan in placements.flatMap { Self.keys(plan, $0) } })
        return locked { state in
            keys.reduce(0) { $0 + (state.pointers[$1] == nil ? $1.request.bytes : 0) }
        }
    }

    /// Where the pages of the copies lie that `plan` reads: of whole mappings, which plans may share. Allocates.
    package func nodeOutcome(_ plan: Plan, at placements: [WeightPlacement]) -> NodeOutcome {
        let blocks = locked { state in
            placements.flatMap { placement in
                let pointers = Self.keys(plan, placement).compactMap { state.pointers[$0] }
                return state.blocks.filter { block in
                    block.placement == placement && pointers.contains { block.contains($0) }
                }
            }
        }
        // The kernel takes a while to tell: outside of the lock, under which sessions get their weights.
        return blocks.reduce(NodeOutcome()) { $0 + $1.nodeOutcome() }
    }

    /// The state, under its lock. Allocates nothing itself.
    private func locked<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            let lock = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
            system_sanitizer_acquired(lock)
            defer { system_sanitizer_releases(lock) }
            return body(&state)
        }
    }

    private static func keys(_ plan: Plan, _ placement: WeightPlacement) -> [Key] {
        plan.weights.map { Key(request: $0, implementation: plan.implementation.name, placement: placement) }
    }

    private func addMissing(
        _ keys: [Key], _ plan: Plan, _ placement: WeightPlacement, _ freeBytes: (Int) -> Int?, _ state: inout State
    ) throws(WeightError) {
        let missing = keys.filter { state.pointers[$0] == nil }
        guard !missing.isEmpty else { return }
        // The caller's rounding and flushing must not decide weights: half-precision subnormals count.
        let controlWord = system_control_word_enter(UInt32(SYSTEM_DEFAULT_CONTROL_WORD))
        defer { system_control_word_restore(controlWord) }
        let packer = WeightPacker(source: source, kernels: plan.implementation.table)
        let block: WeightBlock
        do {
            block = WeightBlock(
                try MappedMemory(bytes: missing.reduce(0) { $0 + $1.request.bytes }), placement, freeBytes)
        } catch {
            throw .memory(error)
        }
        var added: [Key: UInt] = [:]
        var offset = 0
        for key in missing where added[key] == nil {
            let pointer = block.memory.base + offset
            if let copy = state.anyCopy(of: key).flatMap({ UnsafeRawPointer(bitPattern: $0) }) {
                pointer.copyMemory(from: copy, byteCount: key.request.bytes)
            } else {
                do { try packer.pack(key.request, into: pointer) } catch { throw .checkpoint(error) }
            }
            added[key] = UInt(bitPattern: pointer)
            offset += key.request.bytes
        }
        block.memory.keepPageSizes()
        state.pointers.merge(added) { first, _ in first }
        state.blocks.append(block)
    }
}

/// One mapping of packed weights, bound to its place before it is written.
private final class WeightBlock: Sendable {
    let memory: MappedMemory
    let placement: WeightPlacement
    private let refusal: Int32

    init(_ memory: consuming MappedMemory, _ placement: WeightPlacement, _ freeBytes: (Int) -> Int?) {
        self.placement = placement
        refusal = NodeMemory.bind(placement.map(bytes: memory.bytes), base: memory.base, freeBytes: freeBytes)
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
