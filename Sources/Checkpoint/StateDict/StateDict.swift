/// The tensors of a checkpoint, whatever files they come in: safetensors, shards, or PyTorch's pickles.
///
/// Every format ends here: a tensor is a range of a file's bytes with a type, a shape and strides. The files stay open as
/// long as the value lives. Reading may come from any thread, and blocks on the disk.
package final class StateDict: Sendable {
    /// What errors name: the file, or the index of the shards.
    package let path: String
    /// The tensors, sorted by file and position.
    package let tensors: [StoredTensor]
    /// What a reader of the files should know, a sentence each.
    package let notes: [String]
    private let files: [FileDescriptor]
    private let index: [String: Int]

    /// - Parameters:
    ///   - path: what errors name.
    ///   - files: the open files.
    ///   - tensors: tensors with distinct names that lie in these files, each within its file's size.
    init(path: String, files: [FileDescriptor], tensors: [StoredTensor], notes: [String] = []) {
        self.path = path
        self.files = files
        self.notes = notes
        self.tensors = tensors.sorted { ($0.file, $0.position, $0.name) < ($1.file, $1.position, $1.name) }
        index = Dictionary(
            self.tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The tensors of a safetensors file.
    package convenience init(_ file: TensorFile) {
        self.init(
            path: file.path, files: [file.file],
            tensors: file.tensors.map {
                StoredTensor(
                    name: $0.name, elementType: $0.elementType, shape: $0.shape, position: file.position(of: $0))
            })
    }

    /// The tensors of a pickle's outermost dictionary, or of the only one that it has.
    ///
    /// - Throws: `notAStateDict` where there are several further in.
    convenience init(pickle: TorchFile) throws(CheckpointError) {
        guard let group = pickle.groups.first, group.path.isEmpty || pickle.groups.count == 1 else {
            let names = pickle.groups.map { $0.path.joined(separator: ".").quoted }
            throw .notAStateDict(
                file: pickle.file.path, found: "a dictionary of several: \(names.prefix(8).joined(separator: ", "))")
        }
        self.init(path: pickle.file.path, files: [pickle.file], tensors: group.tensors)
    }

    /// Tensors of several state dicts as one.
    convenience init(path: String, parts: [(dict: StateDict, tensors: [StoredTensor])]) {
        var files: [FileDescriptor] = []
        var tensors: [StoredTensor] = []
        for part in parts {
            tensors += part.tensors.map { $0.inFile(files.count + $0.file) }
            files += part.dict.files
        }
        self.init(path: path, files: files, tensors: tensors, notes: parts.flatMap(\.dict.notes))
    }

    /// What decides every element of every tensor, in 64 bits: which files they lie in, and where. Equal for processes of this
    /// machine that opened the same files while nobody wrote to them. Nil where nothing tells, as for tensors in memory. Asks
    /// the system.
    package var identity: UInt64? {
        var hash = FNV1a()
        for file in files {
            guard let identity = file.identity else { return nil }
            hash.add(identity)
        }
        for tensor in tensors {
            hash.add(tensor.name)
            hash.add(
                """
                \(tensor.elementType.rawValue) \(tensor.shape) \(tensor.strides.map { "\($0)" } ?? "") \
                \(tensor.file) \(tensor.position)
                """)
        }
        return hash.value
    }

    /// The tensor of that name.
    package subscript(name: String) -> StoredTensor? { index[name].map { tensors[$0] } }

    /// The file that a tensor lies in.
    package func path(of tensor: StoredTensor) -> String { files[tensor.file].path }

    /// A state dict of these files with other tensors of theirs.
    func with(_ tensors: [StoredTensor], note: String? = nil) -> StateDict {
        StateDict(path: path, files: files, tensors: tensors, notes: notes + (note.map { [$0] } ?? []))
    }

    /// The tensor of that name.
    ///
    /// - Throws: `noSuchTensor`.
    package func tensor(named name: String) throws(CheckpointError) -> StoredTensor {
        guard let tensor = self[name] else { throw .noSuchTensor(file: path, tensor: name) }
        return tensor
    }

    /// Fills `bytes` with elements of a contiguous tensor, as they are in the file, little-endian. Allocates nothing; blocks
    /// on the disk.
    ///
    /// - Parameters:
    ///   - tensor: one of these tensors, contiguous.
    ///   - start: the first byte to read, counted from the tensor's own.
    ///   - bytes: memory to fill; `start + bytes.byteCount` must not exceed the tensor's bytes.
    /// - Throws: `cannotRead`, `fileShrank`.
    package func read(
        _ tensor: StoredTensor, from start: Int = 0, into bytes: inout MutableRawSpan
    ) throws(CheckpointError) {
        precondition(tensor.isContiguous)
        precondition(start >= 0 && start <= tensor.byteCount && bytes.byteCount <= tensor.byteCount - start)
        try files[tensor.file].read(into: &bytes, at: tensor.position + start)
    }

    /// The elements of any tensor, row-major, little-endian. Allocates them, and for a tensor with gaps at most a few times
    /// as much; blocks on the disk.
    ///
    /// - Throws: `cannotRead`, `fileShrank`.
    package func bytes(of tensor: StoredTensor) throws(CheckpointError) -> [UInt8] {
        let file = files[tensor.file]
        guard let strides = tensor.strides, let inner = tensor.shape.last, let step = strides.last else {
            return try file.bytes(tensor.byteCount, at: tensor.position)
        }
        let size = tensor.elementType.bits / 8
        // What lies between the first element and the last, unless most of it is none of the tensor's.
        let isDense = tensor.span <= 8 * tensor.count + 1 << 20
        let source = isDense ? try file.bytes(tensor.span * size, at: tensor.position) : []
        var result: [UInt8] = []
        result.reserveCapacity(tensor.byteCount)
        var indices = [Int](repeating: 0, count: tensor.shape.count - 1)
        var row = 0
        for _ in 0..<(inner == 0 ? 0 : tensor.count / inner) {
            let run = step == 1 ? inner : 1
            for element in stride(from: row, to: row + inner * max(1, step), by: step == 1 ? inner : max(1, step)) {
                let first = step == 0 ? row : element
                if isDense {
                    result += source[first * size..<(first + run) * size]
                } else {
                    result += try file.bytes(run * size, at: tensor.position + first * size)
                }
            }
            // The next row: the last dimension that has one more index goes on, those after it start again.
            for dimension in indices.indices.reversed() {
                indices[dimension] += 1
                row += strides[dimension]
                if indices[dimension] < tensor.shape[dimension] { break }
                row -= tensor.shape[dimension] * strides[dimension]
                indices[dimension] = 0
            }
        }
        return result
    }
}
