public import Arena
import CUNet1DSystem
public import Checkpoint
import KernelDispatch
import Synchronization

/// Why weights could not be packed.
public enum WeightError: Error, Sendable {
    /// The tensors could not be read.
    case checkpoint(CheckpointError)
    /// The memory could not be had.
    case memory(ArenaError)
}

/// A model's packed weights: each form is made once, when a plan first needs it, and shared by all sessions.
///
/// Sendable: the memory is written before it enters the dictionary, and only read from then on.
public final class WeightStore: Sendable {
    private struct Key: Hashable {
        var request: WeightRequest
        var implementation: String
    }

    private struct State {
        var pointers: [Key: UInt] = [:]
        var blocks: [WeightBlock] = []
    }

    private let source: any WeightSource
    private let state = Mutex(State())

    /// An empty store over a source of tensors.
    public init(source: any WeightSource) { self.source = source }

    /// Bytes of packed weights so far.
    public var bytes: Int { state.withLock { $0.blocks.reduce(0) { $0 + $1.memory.bytes } } }

    /// Packs what `plan` needs and is not there yet. Allocates one mapping; blocks on the disk and on other callers.
    public func prepare(_ plan: Plan) throws(WeightError) {
        _ = try pointers(for: plan)
    }

    /// The packed weights of `plan`, by its indices, packing what is missing.
    package func pointers(for plan: Plan) throws(WeightError) -> [UnsafeRawPointer] {
        let keys = plan.weights.map { Key(request: $0, implementation: plan.implementation.name) }
        let result: Result<[UInt], WeightError> = state.withLock { state in
            do throws(WeightError) {
                try addMissing(keys, plan, &state)
                return .success(keys.map { state.pointers[$0, default: 0] })
            } catch {
                return .failure(error)
            }
        }
        return try result.get().map { UnsafeRawPointer(bitPattern: $0).unsafelyUnwrapped }
    }

    private func addMissing(_ keys: [Key], _ plan: Plan, _ state: inout State) throws(WeightError) {
        let missing = keys.filter { state.pointers[$0] == nil }
        guard !missing.isEmpty else { return }
        // The caller's rounding and flushing must not decide weights: half-precision subnormals count.
        let controlWord = system_control_word_enter(UInt32(SYSTEM_DEFAULT_CONTROL_WORD))
        defer { system_control_word_restore(controlWord) }
        let packer = WeightPacker(source: source, kernels: plan.implementation.table)
        let block: WeightBlock
        do {
            block = WeightBlock(try MappedMemory(bytes: missing.reduce(0) { $0 + $1.request.bytes }))
        } catch {
            throw .memory(error)
        }
        var added: [Key: UInt] = [:]
        var offset = 0
        for key in missing where added[key] == nil {
            let pointer = block.memory.base + offset
            do {
                try packer.pack(key.request, into: pointer)
            } catch {
                throw .checkpoint(error)
            }
            added[key] = UInt(bitPattern: pointer)
            offset += key.request.bytes
        }
        block.memory.settle()
        state.pointers.merge(added) { first, _ in first }
        state.blocks.append(block)
    }
}

/// One mapping of packed weights.
private final class WeightBlock: Sendable {
    let memory: MappedMemory

    init(_ memory: consuming MappedMemory) { self.memory = memory }
}
