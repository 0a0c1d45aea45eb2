/// The files of a model folder that hold its weights.
struct WeightFiles {
    let folder: ContainedFolder
    /// For instance `fp16`; nil: the weights without one.
    let variant: String?
    /// The path of the one file that holds the weights, where it was named.
    let single: String?

    /// The first of the candidates that is there.
    var found: (name: String, form: WeightNames.Form)? {
        WeightNames(variant: variant).candidates.first { folder.kind(of: $0.name) != nil }
    }

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
        guard name.hasPrefix(WeightNames.otherStem) else { return dict }
        return dict.with(
            dict.tensors, note: "\(file.path): weights of this name are loaded, as \(WeightNames.stem).bin is not there"
        )
    }

    // MARK: - Shards

    /// The tensors that an index lists, each from the file that it names.
    private func shards(_ name: String, _ form: WeightNames.Form) throws(CheckpointError) -> StateDict {
        let file = try folder.open(name)
        guard file.size <= WeightIndex.maximumBytes else {
            throw .fileTooLarge(file: file.path, bytes: file.size, limit: WeightIndex.maximumBytes)
        }
        let index = try WeightIndex(try file.bytes(file.size), file: file.path)
        var shards: [String: StateDict] = [:]
        for shard in index.shards {
            guard shard.hasPrefix("/") || shard.split(separator: "/").contains("..") || folder.kind(of: shard) != nil
            else { throw .missingShard(file: file.path, shard: shard) }
            let opened = try folder.open(shard, namedBy: file.path)
            shards[shard] =
                form == .safetensorsIndex
                ? StateDict(try TensorFile(opened)) : try StateDict(pickle: TorchFile(opened, foreign: .refused))
        }
        var tensors: [String: [StoredTensor]] = [:]
        for (name, shard) in index.places {
            guard let tensor = shards[shard]?[name] else {
                throw .malformedTensor(
                    file: file.path, tensor: name,
                    problem: "is not in \(shard.quoted), where the index says it is; download both again")
            }
            tensors[shard, default: []].append(tensor)
        }
        return StateDict(path: file.path, parts: index.shards.map { (shards[$0]!, tensors[$0] ?? []) })
    }

    // MARK: - Nothing found

    private var missing: CheckpointError {
        let variants = WeightNames.variants(among: FileSystem.names(in: folder.path))
        if let variant {
            let plain = WeightFiles(folder: folder, variant: nil, single: nil).found
            return .noVariant(folder: folder.path, variant: variant, others: variants, plain: plain?.name)
        }
        return variants.isEmpty
            ? .noWeights(folder: folder.path) : .onlyVariants(folder: folder.path, variants: variants)
    }
}
