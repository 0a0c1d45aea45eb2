/// Writes a model's folder as diffusers' `save_pretrained` does.
///
/// All files are whole on the disk, under other names, before any gets its own. Then config.json goes first and comes last:
/// at no moment is a folder with half of the files a model. An error at any time leaves the folder as it was. A process that
/// ends during the last renames leaves the new or the old model, or a folder without config.json; old files then lie there
/// under names that end in `.old.partial`, after their own.
package struct ModelWriter {
    /// Writes a tensor's elements to a sink.
    package typealias Source = (_ tensor: ExpectedTensor, _ sink: TensorSink) throws(CheckpointError) -> Void

    private let network: Network
    private let original: JSONValue?
    private let type: WeightType
    private let maximumShardBytes: Int
    private let names: SavedNames

    /// A writer of a network's tensors.
    ///
    /// - Parameters:
    ///   - original: the object that its configuration was read from; nil: none.
    ///   - type: the type of all tensors in the files.
    ///   - maximumShardBytes: bytes of tensors in one file, unless a single tensor is larger; 1 or more.
    ///   - variant: a part of the weights' names, for instance `fp16`; nil: none.
    /// - Throws: `outOfRange`, `wrongType`.
    package init(
        _ network: Network, original: JSONValue?, as type: WeightType, maximumShardBytes: Int, variant: String?
    ) throws(CheckpointError) {
        guard maximumShardBytes >= 1 else {
            throw .outOfRange(
                file: "saving", field: "the size of a shard", found: maximumShardBytes, expected: "1 or more bytes")
        }
        if let variant, variant.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._\-]{0,63}/) == nil {
            throw .wrongType(
                file: "saving", field: "the variant", found: variant.quoted,
                expected: "a part of a file's name: letters, digits, dots, dashes and underscores, at most 64")
        }
        self.network = network
        self.original = original
        self.type = type
        self.maximumShardBytes = maximumShardBytes
        names = SavedNames(variant: variant)
    }

    /// Writes the folder, which is made if it is missing. Weights in safetensors files of the same variant that were there are
    /// replaced, in whatever shards they were. Allocates a chunk of a tensor; blocks on the disk.
    ///
    /// - Throws: `notAFolder`, `cannotWrite`, and what `source` throws. The folder is then as it was.
    package func write(to path: String, from source: Source) throws(CheckpointError) -> SavedModel {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let made = try FileSystem.makeFolders(folder)
        do {
            return try write(in: folder, from: source)
        } catch {
            FileSystem.removeFolders(made)
            throw error
        }
    }

    private func write(in folder: String, from source: Source) throws(CheckpointError) -> SavedModel {
        let shards = shards()
        var pending: [PendingFile] = []
        var files: [SavedModel.File] = []
        var overflows: [(tensor: String, count: Int)] = []
        func add(_ name: String, _ body: (PendingFile) throws(CheckpointError) -> Int) throws(CheckpointError) {
            let file = try PendingFile("\(folder)/\(name)", replacesLink: true)
            files.append(SavedModel.File(path: file.path, bytes: try body(file)))
            try file.finish()
            pending.append(file)
        }
        func add(_ name: String, _ json: JSONValue) throws(CheckpointError) {
            let text = Array((json.text() + "\n").utf8)
            try add(name) { file throws(CheckpointError) in
                try unsafe file.write(text.span.bytes)
                return text.count
            }
        }
        for shard in shards {
            try add(shard.name) { file throws(CheckpointError) in
                let (bytes, infinite) = try write(shard.tensors, to: file, from: source)
                overflows += infinite
                return bytes
            }
        }
        if shards.count > 1 { try add(names.index, index(of: shards)) }
        let (configuration, notes) = network.savedConfiguration(keeping: original)
        try add("config.json", configuration)

        let old = FileSystem.names(in: folder).filter(names.own)
        try FolderChange.replace(["config.json"] + old, in: folder, by: pending)
        return SavedModel(
            files: files, overflows: overflows.reduce(0) { $0 + $1.count }, notes: notes + self.notes(on: overflows))
    }

    /// Writes a safetensors file.
    ///
    /// - Returns: its bytes, and the tensors in which finite numbers became infinite.
    private func write(
        _ tensors: [ExpectedTensor], to file: PendingFile, from source: Source
    ) throws(CheckpointError) -> (bytes: Int, overflows: [(tensor: String, count: Int)]) {
        let header = try SafetensorsWriter.header(
            tensors.map { ($0.name, $0.shape) }, type: type.elementType, metadata: ["format": "pt"], path: file.path)
        // UInt8 has no padding: all its bytes may be read.
        try unsafe file.write(header.span.bytes)
        var bytes = header.count
        var overflows: [(tensor: String, count: Int)] = []
        for tensor in tensors {
            let sink = TensorSink(file, as: type)
            try source(tensor, sink)
            precondition(sink.bytes == tensor.count * type.bytes, "\(tensor.name): \(sink.bytes) bytes were written")
            if sink.overflows > 0 { overflows.append((tensor.name, sink.overflows)) }
            bytes += sink.bytes
        }
        return (bytes, overflows)
    }

    // MARK: - Shards

    private struct Shard {
        var name: String
        /// By name, as safetensors' own writer orders tensors of one type.
        var tensors: [ExpectedTensor]
    }

    /// The tensors in files of at most `maximumShardBytes`, but for tensors that are larger, each of which has one of its own.
    ///
    /// Source: huggingface_hub 1.0, serialization/_base.py, `split_state_dict_into_shards_factory`.
    private func shards() -> [Shard] {
        var parts: [[ExpectedTensor]] = []
        var part: [ExpectedTensor] = []
        var bytes = 0
        for tensor in network.tensors {
            let size = tensor.count * type.bytes
            if size > maximumShardBytes {
                parts.append([tensor])
                continue
            }
            if bytes + size > maximumShardBytes {
                parts.append(part)
                (part, bytes) = ([], 0)
            }
            part.append(tensor)
            bytes += size
        }
        if !part.isEmpty || parts.isEmpty { parts.append(part) }
        return parts.enumerated().map { i, tensors in
            Shard(
                name: parts.count == 1 ? names.single : names.shard(i + 1, of: parts.count),
                tensors: tensors.sorted { $0.name < $1.name })
        }
    }

    private func index(of shards: [Shard]) -> JSONValue {
        let places = shards.flatMap { shard in
            shard.tensors.map { JSONValue.Member(key: $0.name, value: .string(shard.name)) }
        }
        let size = JSONValue.Member(key: "total_size", value: .integer(network.parameters * type.bytes))
        return .object([
            .init(key: "metadata", value: .object([size])),
            .init(key: "weight_map", value: .object(places.sorted { $0.key < $1.key })),
        ])
    }

    // MARK: - Notes

    /// Tensors that notes name before they say how many more there are.
    private static let listed = 8

    private func notes(on overflows: [(tensor: String, count: Int)]) -> [String] {
        var notes = overflows.prefix(Self.listed).map {
            "\($0.tensor): \($0.count) finite numbers are beyond the range of \(type.rawValue) and became infinite"
        }
        if overflows.count > Self.listed {
            notes.append("\(overflows.count - Self.listed) more tensors have numbers that became infinite")
        }
        return notes
    }
}
