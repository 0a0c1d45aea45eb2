/// What torch.save wrote: dictionaries of tensors in PyTorch's zip form or in its legacy form. Nothing in the file is run.
///
/// Source: torch 2.13, torch/serialization.py, `_save`, `_legacy_save`.
struct TorchFile {
    /// A dictionary with at least one tensor among its values.
    struct Group {
        /// The keys that lead to it from the outermost dictionary; empty for that one.
        var path: [String]
        /// The tensors, in the order of the dictionary.
        var tensors: [StoredTensor]
    }

    let file: FileDescriptor
    /// The dictionaries of tensors, those further out first.
    let groups: [Group]
    /// Positive integers by their own key, not by the keys that lead to them, which would be longer than the file; of
    /// several, the one furthest out. The first `maximumIntegers`: what trainers note of the model.
    let integers: [String: Int]

    /// The dictionaries that are searched for tensors: a trainer's checkpoint, its state dict, and one level more.
    private static let maximumDepth = 4
    private static let maximumIntegers = 4096
    /// The most bytes of a pickle, in which no tensor lies.
    private static let maximumPickleBytes = 1 << 28

    /// Reads what is in the file, except the tensors' elements. Blocks on the disk.
    ///
    /// - Parameter foreign: what to do with classes that are not a state dict's.
    /// - Throws: `malformedPickle`, `malformedZip`, `refusedGlobal`, `notAStateDict`, `gitLFSPointer`, `cannotRead`,
    ///   `fileShrank`.
    init(path: String, foreign: PickleMachine.Foreign) throws(CheckpointError) {
        try self.init(try FileDescriptor(reading: path), foreign: foreign)
    }

    init(_ file: FileDescriptor, foreign: PickleMachine.Foreign) throws(CheckpointError) {
        self.file = file
        if try file.isGitLFSPointer() { throw .gitLFSPointer(file: file.path) }
        let content =
            try ZipDirectory.isArchive(file)
            ? Self.readArchive(file, foreign) : Self.readLegacy(file, foreign)
        var groups: [Group] = []
        var integers: [String: (dictionary: Int, number: Int)] = [:]
        var pending: [(path: [String], value: PickleHeap.Reference)] = [([], content.root)]
        var seen: Set<PickleHeap.Reference> = [content.root]
        var next = 0
        while next < pending.count {
            let (path, value) = pending[next]
            next += 1
            guard case .dictionary(let entries) = content.heap[value] else { continue }
            var group = Group(path: path, tensors: [])
            var places: [String: Int] = [:]
            for entry in entries {
                guard let key = content.heap.string(entry.key) else { continue }
                switch content.heap[entry.value] {
                case .tensor(let tensor):
                    let stored = try content.stored(tensor, name: key, file: file)
                    // The last value holds where a key was set twice, as in Python.
                    if let place = places.updateValue(group.tensors.count, forKey: key) {
                        places[key] = place
                        group.tensors[place] = stored
                    } else {
                        group.tensors.append(stored)
                    }
                case .dictionary where path.count < Self.maximumDepth && seen.insert(entry.value).inserted:
                    pending.append((path + [key], entry.value))
                case .integer(let number) where number > 0:
                    // Dictionaries further out come first; within one, the last value of a key holds.
                    let holds = integers[key].map { $0.dictionary == next } ?? (integers.count < Self.maximumIntegers)
                    if holds { integers[key] = (next, number) }
                default: break
                }
            }
            if !group.tensors.isEmpty { groups.append(group) }
        }
        guard !groups.isEmpty else {
            throw .notAStateDict(file: file.path, found: content.heap.kind(of: content.root))
        }
        self.groups = groups
        self.integers = integers.mapValues(\.number)
    }

    /// A pickle's values, and where its storages lie in the file.
    private struct Content {
        var heap: PickleHeap
        var root: PickleHeap.Reference
        var storages: [String: Range<Int>]

        func stored(
            _ tensor: PickledTensor, name: String, file: FileDescriptor
        ) throws(CheckpointError) -> StoredTensor {
            let storage = tensor.storage
            guard let bytes = storages[storage.key] else {
                throw .malformedTensor(
                    file: file.path, tensor: name, problem: "its storage \(storage.key.quoted) is not in the file")
            }
            let size = tensor.elementType.bits / 8
            let unit = storage.elementType.map { $0.bits / 8 } ?? 1
            let (end, overflow) = (storage.firstElement + storage.count).multipliedReportingOverflow(by: unit)
            guard !overflow, end <= bytes.count else {
                throw .malformedTensor(
                    file: file.path, tensor: name,
                    problem: "its storage has \(bytes.count) bytes where \(storage.count) elements of \(unit) are "
                        + "expected; the file may be cut off; download it again")
            }
            return StoredTensor(
                name: name, elementType: tensor.elementType, shape: tensor.shape, strides: tensor.strides,
                position: bytes.lowerBound + storage.firstElement * unit + tensor.offset * size)
        }
    }

    // MARK: - Zip form

    private static func readArchive(
        _ file: FileDescriptor, _ foreign: PickleMachine.Foreign
    ) throws(CheckpointError) -> Content {
        let directory = try ZipDirectory(file)
        // All entries lie in one folder, whose name is the archive's.
        guard let pickle = directory.entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
            throw .malformedZip(file: file.path, problem: "it has no data.pkl; save the state dict with torch.save")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        if directory.entries.contains(where: { $0.name == folder + "constants.pkl" }) {
            throw .notAStateDict(file: file.path, found: "a TorchScript program")
        }
        if let order = directory.entries.first(where: { $0.name == folder + "byteorder" }) {
            let text = try file.bytes(min(order.bytes.count, 16), at: order.bytes.lowerBound)
            guard text == Array("little".utf8) else {
                throw .malformedZip(
                    file: file.path, problem: "its numbers are big-endian; save it again on a little-endian machine")
            }
        }
        guard pickle.bytes.count <= maximumPickleBytes else {
            throw .fileTooLarge(
                file: "\(file.path) (data.pkl)", bytes: pickle.bytes.count, limit: maximumPickleBytes)
        }
        var machine = PickleMachine(ByteReader(file, pickle.bytes), foreign: foreign)
        let root = try machine.read()
        var storages: [String: Range<Int>] = [:]
        let data = folder + "data/"
        for entry in directory.entries where entry.name.hasPrefix(data) {
            storages[String(entry.name.dropFirst(data.count))] = entry.bytes
        }
        return Content(heap: machine.heap, root: root, storages: storages)
    }

    // MARK: - Legacy form

    /// The first number of a legacy file.
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Five pickles (a number, the format's version, the machine's sizes, the object, its storages' keys), then each
    /// storage: its number of elements, and the elements.
    private static func readLegacy(
        _ file: FileDescriptor, _ foreign: PickleMachine.Foreign
    ) throws(CheckpointError) -> Content {
        // PROTO 2, LONG1 of ten bytes, STOP.
        let start: [UInt8] = [0x80, 2, 0x8A, 10] + magic + [UInt8(ascii: ".")]
        let isTorch = file.size < start.count ? false : try file.bytes(start.count) == start
        var machine = PickleMachine(ByteReader(file, (isTorch ? start.count : 0)..<file.size), foreign: foreign)
        guard isTorch else {
            // What another program pickled is refused by the class that it names.
            _ = try machine.read()
            throw .notAStateDict(file: file.path, found: "a pickle that torch.save did not write")
        }
        let version = try machine.read()
        guard machine.heap.integer(version) == 1001 else {
            throw .malformedPickle(
                file: file.path, offset: machine.position, problem: "an unknown version of torch.save")
        }
        let system = try machine.read()
        if let order = machine.heap.value(of: system, "little_endian"), case .bool(false) = machine.heap[order] {
            throw .malformedPickle(
                file: file.path, offset: machine.position,
                problem: "numbers in big-endian order; save it again on a little-endian machine")
        }
        let root = try machine.read()
        let keys = try machine.read()
        guard case .list(let references) = machine.heap[keys] else {
            throw .malformedPickle(file: file.path, offset: machine.position, problem: "no list of storages")
        }
        let units = machine.heap.storageUnits()
        var storages: [String: Range<Int>] = [:]
        var position = machine.position
        for reference in references {
            guard let key = machine.heap.string(reference), let unit = units[key], storages[key] == nil else {
                throw .malformedPickle(
                    file: file.path, offset: position, problem: "a storage that no tensor is in, or one twice")
            }
            let remaining = file.size - position - 8
            var count = UInt64.max
            if remaining >= 0 {
                for byte in try file.bytes(8, at: position).reversed() { count = count << 8 | UInt64(byte) }
            }
            guard remaining >= 0, count <= UInt64(remaining / unit) else {
                throw .malformedPickle(
                    file: file.path, offset: position,
                    problem: "storage \(key.quoted) is longer than the file, which may be cut off")
            }
            storages[key] = position + 8..<position + 8 + Int(count) * unit
            position += 8 + Int(count) * unit
        }
        return Content(heap: machine.heap, root: root, storages: storages)
    }
}

extension FileDescriptor {
    /// Whether the file begins as one of torch.save does, whatever its name is: with "PK" of an archive or PROTO of a pickle.
    /// A safetensors header this long would be refused for its length.
    func isPickle() throws(CheckpointError) -> Bool {
        let first = size < 2 ? [] : try bytes(2)
        return first == Array("PK".utf8) || first.first == 0x80 && (2...5).contains(first[1])
    }
}

extension PickleHeap {
    /// Bytes an element of each storage, by its key.
    fileprivate func storageUnits() -> [String: Int] {
        var units: [String: Int] = [:]
        for value in values {
            if case .storage(let storage) = value { units[storage.key] = storage.elementType.map { $0.bits / 8 } ?? 1 }
        }
        return units
    }

    /// What a value is, in words.
    fileprivate func kind(of reference: Reference) -> String {
        switch self[reference] {
        case .dictionary(let entries): entries.isEmpty ? "an empty dictionary" : "a dictionary without tensors"
        case .tensor: "a single tensor"
        case .list, .tuple: "a list"
        case .skipped: "an object of a class that cannot be built"
        default: "a single value"
        }
    }
}
