import CUNet1DSystem
import Checkpoint
import Memory

/// A model's packed weights in files that processes of one machine share: a group for each model and each build of this library,
/// a file for each form of a weight. What is mapped is whole, and holds what was packed: a checksum is compared each time.
struct SharedWeights: Sendable {
    /// Smaller forms are not shared: a file takes whole pages.
    static let leastBytes = 16384

    private let group: SharedGroup
    private let identity: UInt64

    /// A digest of the code that decides how weights are packed: processes that run equal code have equal ones.
    private static let build = system_code_digest()

    /// - Parameters:
    ///   - source: the identity of the tensors.
    ///   - folder: where groups are.
    init(source: UInt64, folder: SharedFolder) throws(SharedFileRefusal) {
        var hash = FNV1a()
        hash.add("\(source) \(Self.build)")
        identity = hash.value
        group = try SharedGroup(folder, name: hash.digits)
    }

    /// A packed form that is in the folder, whoever packed it; nil: there is none. Reads all of it.
    func map(_ key: WeightKey, refusal: Int32 = 0) -> SharedWeight? {
        let (header, name) = file(of: key)
        guard let memory = group.map(name, bytes: SharedWeightHeader.bytes + header.count), header.isOf(memory.base)
        else { return nil }
        let pointer = UInt(bitPattern: memory.base + SharedWeightHeader.bytes)
        return SharedWeight(
            block: WeightBlock(shared: memory, key.placement, refusal: refusal), pointer: pointer)
    }

    /// Maps packed forms, those in the folder as they are; others are packed there first, by one process at a time.
    ///
    /// - Parameters:
    ///   - freeBytes: what a node has room for.
    ///   - fill: writes a packed form to zeros, which may fail for reasons of its own.
    ///   - add: takes each form.
    /// - Throws: what the system refuses; forms that were added by then stay.
    func map(
        _ keys: [WeightKey], freeBytes: (Int) -> Int?,
        fill: (WeightKey, UnsafeMutableRawPointer) throws(CheckpointError) -> Void,
        add: (WeightKey, SharedWeight) -> Void
    ) throws(SharingError) {
        var absent: [WeightKey] = []
        for key in keys {
            if let found = map(key) { add(key, found) } else { absent.append(key) }
        }
        if absent.isEmpty { return }
        let lock = try Self.sharing { () throws(SharedFileRefusal) in try group.lock() }
        defer { lock.unlock() }
        group.removeUnused()
        for key in absent {
            // Packed by another process meanwhile, or by this one now.
            if let found = map(key) {
                add(key, found)
            } else {
                add(key, try pack(key, freeBytes, fill))
            }
        }
    }

    private func pack(
        _ key: WeightKey, _ freeBytes: (Int) -> Int?,
        _ fill: (WeightKey, UnsafeMutableRawPointer) throws(CheckpointError) -> Void
    ) throws(SharingError) -> SharedWeight {
        let (header, name) = file(of: key)
        let bytes = SharedWeightHeader.bytes + header.count
        var refusal: Int32 = 0
        let pending = try Self.sharing { () throws(SharedFileRefusal) in
            try group.pending(name, bytes: bytes) { base in
                let map = key.placement.map(bytes: (try? wholePages(bytes)) ?? 0)
                refusal = NodeMemory.bind(map, base: base, freeBytes: freeBytes)
            }
        }
        do throws(CheckpointError) {
            try fill(key, pending.base + SharedWeightHeader.bytes)
        } catch {
            throw .packing(error)
        }
        header.write(to: pending.base)
        try Self.sharing { () throws(SharedFileRefusal) in try pending.publish() }
        guard let packed = map(key, refusal: refusal) else {
            let path = group.path + "/" + name
            throw .refused(SharedFileRefusal(path: path, reason: "cannot be read once it was written"))
        }
        return packed
    }

    private static func sharing<Result>(
        _ body: () throws(SharedFileRefusal) -> Result
    ) throws(SharingError) -> Result {
        do throws(SharedFileRefusal) { return try body() } catch { throw .refused(error) }
    }

    private func file(of key: WeightKey) -> (header: SharedWeightHeader, name: String) {
        var hash = FNV1a()
        hash.add(key.request.identity)
        hash.add("\(key.implementation) \(key.placement.identity)")
        return (SharedWeightHeader(group: identity, name: hash.value, count: key.request.bytes), hash.digits)
    }
}

/// A packed form in memory that processes share.
struct SharedWeight {
    let block: WeightBlock
    /// The address of its first byte.
    let pointer: UInt
}

/// Why forms are not shared.
enum SharingError: Error {
    /// The system refuses.
    case refused(SharedFileRefusal)
    /// Packing itself failed.
    case packing(CheckpointError)
}
