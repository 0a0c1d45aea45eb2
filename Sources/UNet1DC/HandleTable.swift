import CUNet1D
import Memory
import Synchronization

/// What a handle stands for.
enum HandleKind: UInt {
    case model = 1
    case pool = 2
    case session = 3
    case scheduler = 4
    case sampler = 5
    case gradient = 6
    case planner = 7

    var name: StaticString {
        switch self {
        case .model: "model"
        case .pool: "pool"
        case .session: "session"
        case .scheduler: "scheduler"
        case .sampler: "sampler"
        case .gradient: "gradient"
        case .planner: "planner"
        }
    }
}

/// A handle's parts. It looks like a pointer to C, but is (generation << 20 | slot << 4 | kind), so that a handle that
/// was freed, or is of another kind, is found out without reading memory that may be gone.
struct Handle {
    let generation: UInt32
    let slot: Int
    let kind: UInt

    init(generation: UInt32, slot: Int, kind: HandleKind) {
        self.generation = generation
        self.slot = slot
        self.kind = kind.rawValue
    }

    init(_ pointer: OpaquePointer) {
        let bits = UInt(bitPattern: pointer)
        generation = bits >> 52 == 0 ? UInt32(truncatingIfNeeded: bits >> 20) : 0
        slot = Int(bits >> 4) & (HandleTable.capacity - 1)
        kind = bits & 15
    }

    var pointer: OpaquePointer? { OpaquePointer(bitPattern: UInt(generation) << 20 | UInt(slot) << 4 | kind) }

    /// The slot's word while the handle is valid and nobody uses what it stands for.
    var idleWord: UInt64 { UInt64(generation) << 32 | UInt64(kind) << 8 }

    /// The slot's word while a call uses it.
    var busyWord: UInt64 { idleWord | 1 }
}

/// What all handles stand for.
///
/// Slots lie in one mapping that never moves, a line each; so `take` and `giveBack` need no lock. A slot that is free
/// has generation in its word and nothing else; each owner raises the generation, so that a handle is refused until 2³²
/// later ones had its slot. Addresses of objects are kept inverted, so that LeakSanitizer and Valgrind report what a
/// program has not freed at its end.
struct HandleTable: ~Copyable, @unchecked Sendable {
    // Sendable unchecked: words are atomic; an object is written before its word becomes valid and read while it is.

    /// Handles at once.
    static let capacity = 1 << 16
    private static let slotBytes = 64

    static let shared = HandleTable()

    private let mapping: MappedMemory?
    private let base: UnsafeMutableRawPointer?
    private let free = FreeSlots()

    private init() {
        let mapped = try? MappedMemory(bytes: Self.capacity * Self.slotBytes, options: .init(adviseHugePages: false))
        if let mapped {
            base = mapped.base
            mapping = consume mapped
        } else {
            base = nil
            mapping = nil
        }
    }

    /// The word of a slot: generation << 32 | kind << 8 | in use.
    private func word(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (base.unsafelyUnwrapped + slot * Self.slotBytes).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The address of what a slot's handle stands for, inverted.
    private func invertedAddress(_ slot: Int) -> UnsafeMutablePointer<UInt> {
        (base.unsafelyUnwrapped + slot * Self.slotBytes + 8).assumingMemoryBound(to: UInt.self)
    }

    /// A handle for an object.
    func insert(_ object: UnsafeMutableRawPointer, _ kind: HandleKind) throws(Failure) -> OpaquePointer? {
        guard base != nil, let slot = free.take() else {
            throw Failure(
                UNET1D_MEMORY,
                "handles: found \(Self.capacity) in use, expected fewer: that is the most there can be; free some")
        }
        let last = UInt32(truncatingIfNeeded: word(slot).pointee.load(ordering: .relaxed) >> 32)
        let handle = Handle(generation: last == .max ? 1 : last + 1, slot: slot, kind: kind)
        invertedAddress(slot).pointee = ~UInt(bitPattern: object)
        word(slot).pointee.store(handle.idleWord, ordering: .releasing)
        return handle.pointer
    }

    /// Takes what a handle stands for, for one caller alone. Allocates nothing.
    func take(
        _ pointer: OpaquePointer?, _ kind: HandleKind
    ) throws(Refusal) -> (object: UnsafeMutableRawPointer, handle: Handle) {
        guard let pointer else {
            throw Refusal(
                UNET1D_INVALID_HANDLE, kind.name, "found NULL, expected a handle that a call of this library gave")
        }
        let handle = Handle(pointer)
        if base != nil, handle.kind == kind.rawValue, handle.generation != 0 {
            let (exchanged, found) = word(handle.slot).pointee.compareExchange(
                expected: handle.idleWord, desired: handle.busyWord, ordering: .acquiringAndReleasing)
            if exchanged {
                let address = UnsafeMutableRawPointer(bitPattern: ~invertedAddress(handle.slot).pointee)
                return (address.unsafelyUnwrapped, handle)
            }
            if found == handle.busyWord {
                throw Refusal(
                    UNET1D_BUSY, kind.name,
                    "found another call using it, expected one at a time: make one for each thread")
            }
        }
        throw Refusal(
            UNET1D_INVALID_HANDLE, kind.name,
            "found a handle that was freed, is of another kind or never was one; keep it until its last use")
    }

    /// Ends what `take` began.
    func giveBack(_ handle: Handle) { word(handle.slot).pointee.store(handle.idleWord, ordering: .releasing) }

    /// Ends what `take` began, and the handle.
    func remove(_ handle: Handle) {
        invertedAddress(handle.slot).pointee = 0
        word(handle.slot).pointee.store(UInt64(handle.generation) << 32, ordering: .releasing)
        free.add(handle.slot)
    }
}

/// Slots that no handle has.
private final class FreeSlots: Sendable {
    private struct State {
        var returned: [Int] = []
        var next = 0
    }

    private let state = Mutex(State())

    func take() -> Int? {
        state.withLock { state in
            if let slot = state.returned.popLast() { return slot }
            guard state.next < HandleTable.capacity else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    func add(_ slot: Int) { state.withLock { $0.returned.append(slot) } }
}
