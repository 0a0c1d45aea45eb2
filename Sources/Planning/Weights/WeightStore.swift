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

/// What a packed form is found by.
struct WeightKey: Hashable, Sendable {
    var request: WeightRequest
    var implementation: String
    var placement: WeightPlacement
}

/// A model's packed weights: each form is made once, when a plan first needs it, and shared by all sessions. With a folder, the
/// larger ones are also shared with other processes.
///
/// Sendable: the memory is written before it enters the dictionary, and only read from then on.
package final class WeightStore: Sendable {
    private struct State {
        var pointers: [WeightKey: UInt] = [:]
        var blocks: [WeightBlock] = []
        /// Where the blocks lie.
        var placements: Set<WeightPlacement> = []
        /// Where larger forms are shared with other processes from now on; nil: nowhere.
        var folder: SharedFolder?
        /// Made when the first form is shared, and then kept: it has the lock of all that is shared.
        var shared: SharedWeights?
        var notes: [String] = []

        mutating func add(_ block: WeightBlock) {
            blocks.append(block)
            placements.insert(block.placement)
        }

        /// Writes a packed form to zeros: a copy of one that is there already, wherever it lies, or the work of `packer`.
        func fill(
            _ key: WeightKey, _ packer: WeightPacker, into memory: UnsafeMutableRawPointer
        ) throws(CheckpointError) {
            let copy = placements.lazy.compactMap {
                pointers[WeightKey(request: key.request, implementation: key.implementation, placement: $0)]
            }
            .first
            if let copy = copy.flatMap({ UnsafeRawPointer(bitPattern: $0) }) {
                memory.copyMemory(from: copy, byteCount: key.request.bytes)
            } else {
                try packer.pack(key.request, into: memory)
            }
        }
    }

    /// Where the tensors come from.
    package let source: any WeightSource
    private let state: Mutex<State>

    /// An empty store over a source of tensors.
    ///
    /// - Parameter folder: where processes share packed weights; nil: these are the process's own.
    package init(source: any WeightSource, sharing folder: SharedFolder? = nil) {
        self.source = source
        state = Mutex(State(folder: folder))
    }

    /// Why weights are not shared though they were to be, a sentence each.
    package var notes: [String] { locked { $0.notes } }

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

    private static func keys(_ plan: Plan, _ placement: WeightPlacement) -> [WeightKey] {
        plan.weights.map { WeightKey(request: $0, implementation: plan.implementation.name, placement: placement) }
    }

    private func addMissing(
        _ keys: [WeightKey], _ plan: Plan, _ placement: WeightPlacement, _ freeBytes: (Int) -> Int?,
        _ state: inout State
    ) throws(WeightError) {
        var seen: Set<WeightKey> = []
        var missing = keys.filter { state.pointers[$0] == nil && seen.insert($0).inserted }
        guard !missing.isEmpty else { return }
        // The caller's rounding and flushing must not decide weights: half-precision subnormals count.
        let controlWord = system_control_word_enter(UInt32(SYSTEM_DEFAULT_CONTROL_WORD))
        defer { system_control_word_restore(controlWord) }
        let packer = WeightPacker(source: source, kernels: plan.implementation.table)
        try addShared(missing.filter { $0.request.bytes >= SharedWeights.leastBytes }, packer, freeBytes, &state)
        missing.removeAll { state.pointers[$0] != nil }
        if !missing.isEmpty { try addOwn(missing, packer, placement, freeBytes, &state) }
    }

    /// Packs forms into one mapping of this process's.
    private func addOwn(
        _ missing: [WeightKey], _ packer: WeightPacker, _ placement: WeightPlacement, _ freeBytes: (Int) -> Int?,
        _ state: inout State
    ) throws(WeightError) {
        let block: WeightBlock
        do {
            block = WeightBlock(
                try MappedMemory(bytes: missing.reduce(0) { $0 + $1.request.bytes }), placement, freeBytes)
        } catch {
            throw .memory(error)
        }
        var added: [WeightKey: UInt] = [:]
        var offset = 0
        for key in missing {
            let pointer = block.memory.base + offset
            do { try state.fill(key, packer, into: pointer) } catch { throw .checkpoint(error) }
            added[key] = UInt(bitPattern: pointer)
            offset += key.request.bytes
        }
        block.memory.keepPageSizes()
        state.pointers.merge(added) { first, _ in first }
        state.add(block)
    }

    /// Maps forms that processes share, or packs them for all. Where the system refuses, those that are left are not shared, and
    /// a note says why.
    private func addShared(
        _ keys: [WeightKey], _ packer: WeightPacker, _ freeBytes: (Int) -> Int?, _ state: inout State
    ) throws(WeightError) {
        guard !keys.isEmpty, let shared = sharedWeights(&state) else { return }
        do throws(SharingError) {
            try shared.map(keys, freeBytes: freeBytes) { key, memory throws(CheckpointError) in
                try state.fill(key, packer, into: memory)
            } add: { key, weight in
                state.pointers[key] = weight.pointer
                state.add(weight.block)
            }
        } catch {
            switch error {
            case .packing(let error): throw .checkpoint(error)
            case .refused(let refusal): stopSharing("\(refusal)", &state)
            }
        }
    }

    /// Where forms are shared; nil: nowhere.
    private func sharedWeights(_ state: inout State) -> SharedWeights? {
        guard let folder = state.folder else { return nil }
        if let shared = state.shared { return shared }
        guard let identity = source.identity else {
            stopSharing("\(folder.path): nothing tells these weights from others", &state)
            return nil
        }
        do throws(SharedFileRefusal) {
            let shared = try SharedWeights(source: identity, folder: folder)
            state.shared = shared
            return shared
        } catch {
            stopSharing("\(error)", &state)
            return nil
        }
    }

    /// What is shared already stays so, as long as the store lives.
    private func stopSharing(_ reason: String, _ state: inout State) {
        state.folder = nil
        state.notes.append("\(reason); this process packs its weights for itself from here on")
    }
}
