/// The files of a model folder that hold its weights, preferred as diffusers does: safetensors before pickles, shards where
/// an index lists them.
///
/// Source: diffusers 0.36, models/modeling_utils.py, `from_pretrained`, and utils/hub_utils.py, `_add_variant`.
struct WeightFiles {
    let folder: ContainedFolder
    /// For instance `fp16`; nil: the weights without one.
    let variant: String?
    /// The path of the one file that holds the weights, where it was named.
    let single: String?

    /// What the names of weights begin with, in diffusers and in Dance Diffusion's folders of other programs.
    static let stem = "diffusion_pytorch_model"
    private static let otherStem = "pytorch_model"

    /// Whether the weights are in one file or in several, and in which format.
    enum Form {
        case safetensors, pickle
        case safetensorsIndex, pickleIndex
    }

    /// The names under which weights are looked for, the preferred first.
    var candidates: [(name: String, form: Form)] {
        let stem = Self.stem
        guard let variant else {
            return [
                ("\(stem).safetensors.index.json", .safetensorsIndex), ("\(stem).safetensors", .safetensors),
                ("\(stem).bin.index.json", .pickleIndex), ("\(stem).bin", .pickle),
                ("\(Self.otherStem).bin", .pickle),
            ]
        }
        return [
            ("\(stem).safetensors.index.\(variant).json", .safetensorsIndex),
            ("\(stem).\(variant).safetensors.index.json", .safetensorsIndex),
            ("\(stem).\(variant).safetensors", .safetensors),
            ("\(stem).bin.index.\(variant).json", .pickleIndex),
            ("\(stem).\(variant).bin.index.json", .pickleIndex),
            ("\(stem).\(variant).bin", .pickle),
        ]
    }

    /// The first of the candidates that is there.
    var found: (name: String, form: Form)? { candidates.first { folder.kind(of: $0.name) != nil } }

    /// Whether there are weights.
    var exist: Bool { single != nil || found != nil }

    /// Opens the weights and reads what is in them, except the tensors' elements. Blocks on the disk.
    ///
    /// - Throws: `noWeights`, `onlyVariants`, `noVariant`, and what the formats throw.
    func open() throws(CheckpointError) -> StateDict {
        if let single { return try Self.open(try FileDescriptor(reading: single)) }
        guard let (name, form) = found else { throw missing }
        switch form {
        case .safetensors: return StateDict(try TensorFile(try folder.open(name)))
        case .pickle: return try pickle(name)
        case .safetensorsIndex, .pickleIndex: return try shards(name, form)
        }
    }

    /// A file of any name, which says what it is by its first bytes.
    private static func open(_ file: FileDescriptor) throws(CheckpointError) -> StateDict {
        try file.isPickle()
            ? StateDict(pickle: TorchFile(file, foreign: .refused)) : StateDict(try TensorFile(file))
    }

    private func pickle(_ name: String) throws(CheckpointError) -> StateDict {
        let file = try folder.open(name)
        let dict = try StateDict(pickle: TorchFile(file, foreign: .refused))
        guard name.hasPrefix(Self.otherStem) else { return dict }
        return dict.with(
            dict.tensors, note: "\(file.path): weights of this name are loaded, as \(Self.stem).bin is not there")
    }

    // MARK: - Shards

    private static let maximumIndexBytes = 1 << 24

    /// The tensors that an index lists, each from the file that it names.
    private func shards(_ name: String, _ form: Form) throws(CheckpointError) -> StateDict {
        let index = try folder.open(name)
        guard index.size <= Self.maximumIndexBytes else {
            throw .fileTooLarge(file: index.path, bytes: index.size, limit: Self.maximumIndexBytes)
        }
        let json = try JSONReader.read(try index.bytes(index.size), file: index.path, limits: .safetensors)
        guard case .object(let members) = json,
            case .object(let map)? = members.last(where: { $0.key == "weight_map" })?.value
        else {
            throw .wrongType(
                file: index.path, field: "weight_map", found: "missing", expected: "an object from tensors to files")
        }
        var shards: [String: StateDict] = [:]
        var order: [String] = []
        var places: [String: String] = [:]
        for member in map {
            guard case .string(let name) = member.value else {
                throw .wrongType(
                    file: index.path, field: "weight_map.\(member.key.cut(80))", found: member.value.summary,
                    expected: "a file's name")
            }
            // One name for each file, or an index could have it read any number of times.
            let parts = name.split(separator: "/").filter { $0 != "." }
            let shard = name.hasPrefix("/") ? name : parts.joined(separator: "/")
            if let other = places.updateValue(shard, forKey: member.key), other != shard {
                throw .malformedTensor(
                    file: index.path, tensor: member.key, problem: "is said to be in two files; download it again")
            }
            if shards[shard] == nil {
                guard !shard.isEmpty else {
                    throw .wrongType(
                        file: index.path, field: "weight_map.\(member.key.cut(80))", found: member.value.summary,
                        expected: "a file's name")
                }
                guard shard.hasPrefix("/") || parts.contains("..") || folder.kind(of: shard) != nil else {
                    throw .missingShard(file: index.path, shard: shard)
                }
                let file = try folder.open(shard, namedBy: index.path)
                shards[shard] =
                    form == .safetensorsIndex
                    ? StateDict(try TensorFile(file)) : try StateDict(pickle: TorchFile(file, foreign: .refused))
                order.append(shard)
            }
        }
        var tensors: [String: [StoredTensor]] = [:]
        for (name, shard) in places {
            guard let tensor = shards[shard]?[name] else {
                throw .malformedTensor(
                    file: index.path, tensor: name,
                    problem: "is not in \(shard.quoted), where the index says it is; download both again")
            }
            tensors[shard, default: []].append(tensor)
        }
        return StateDict(path: index.path, parts: order.map { (shards[$0]!, tensors[$0] ?? []) })
    }

    // MARK: - Nothing found

    /// Variants of which the folder has weights.
    private var variants: [String] {
        var variants: Set<String> = []
        for name in FileSystem.names(in: folder.path) {
            var parts = name.split(separator: ".", omittingEmptySubsequences: false)[...]
            guard parts.first == Self.stem[...] else { continue }
            parts = parts.dropFirst()
            // STEM.VARIANT.safetensors, STEM.VARIANT-00001-of-00002.safetensors, STEM.safetensors.index.VARIANT.json
            if parts.count >= 2, let last = parts.last, last == "safetensors" || last == "bin" {
                let variant = parts.dropLast().joined(separator: ".")
                variants.insert(String(variant.split(separator: "-").first ?? ""))
            } else if parts.count >= 4, parts.last == "json", parts.dropFirst().first == "index" {
                variants.insert(parts.dropFirst(2).dropLast().joined(separator: "."))
            }
        }
        return variants.filter { !$0.isEmpty }.sorted()
    }

    private var missing: CheckpointError {
        let variants = variants
        if let variant {
            let plain = WeightFiles(folder: folder, variant: nil, single: nil).found
            return .noVariant(folder: folder.path, variant: variant, others: variants, plain: plain?.name)
        }
        return variants.isEmpty
            ? .noWeights(folder: folder.path) : .onlyVariants(folder: folder.path, variants: variants)
    }
}
