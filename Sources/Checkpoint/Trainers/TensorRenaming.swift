/// Gives the tensors of a trained model diffusers' names, one after the other. Those that nobody takes are left, and say what
/// diffusers has not.
struct TensorRenaming {
    let file: String
    /// The program that trained the model, and the model's class there.
    let origin: String
    /// The tensors under their new names.
    private(set) var renamed: [StoredTensor] = []
    /// The tensors that have none yet, by their old names.
    private(set) var left: [String: StoredTensor]

    init(_ copy: TrainerFile.Copy, file: TrainerFile, origin: String) {
        self.file = file.path
        self.origin = origin
        left = Dictionary(copy.tensors.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }

    func has(_ name: String) -> Bool { left[name] != nil }

    /// A dimension's size of a tensor that has no new name yet, at most `Configuration.maximumElements`.
    ///
    /// - Throws: `wrongRank`, `unlikeDiffusers` where it is missing or beyond.
    func size(_ name: String, _ dimension: Int, of shape: String) throws(CheckpointError) -> Int {
        guard let tensor = left[name] else { throw unlike("its tensor \(name.quoted) is missing") }
        guard dimension < tensor.shape.count else {
            throw .wrongRank(file: file, tensor: name, shape: tensor.shape, expected: shape)
        }
        guard tensor.shape[dimension] <= UNet1DConfiguration.maximumElements else {
            throw unlike("its tensor \(name.quoted) has shape \(tensor.shape); use a smaller model")
        }
        return tensor.shape[dimension]
    }

    /// A tensor, where it is there.
    mutating func take(_ old: String, as new: String) {
        if let tensor = left.removeValue(forKey: old) { renamed.append(tensor.named(new)) }
    }

    /// A layer's weight and bias, where they are there.
    mutating func layer(_ old: String, as new: String) {
        for part in [".weight", ".bias"] { take(old + part, as: new + part) }
    }

    /// A tensor's rows in equal parts, each with a name of its own, without dimensions of one index at the end: 1×1
    /// convolutions of a trainer are linear layers of diffusers.
    ///
    /// - Parameter rank: dimensions that stay.
    /// - Throws: `unlikeDiffusers`.
    mutating func split(_ old: String, rank: Int, as new: [String]) throws(CheckpointError) {
        guard let tensor = left.removeValue(forKey: old) else { return }
        guard tensor.shape.count >= rank, tensor.shape.dropFirst(rank).allSatisfy({ $0 == 1 }),
            tensor.shape[0] % new.count == 0
        else {
            throw .wrongRank(
                file: file, tensor: old, shape: tensor.shape,
                expected: "\(rank) dimensions, the first a multiple of \(new.count)")
        }
        guard tensor.isContiguous else {
            throw unlike("its tensor \(old.quoted) has gaps; save it with .contiguous()")
        }
        let shape = [tensor.shape[0] / new.count] + tensor.shape[1..<rank]
        for (i, name) in new.enumerated() {
            renamed.append(tensor.slice(named: name, from: i * shape.reduce(1, *), shape: shape))
        }
    }

    /// A tensor of the file that lies elsewhere.
    mutating func add(_ tensor: StoredTensor) { renamed.append(tensor) }

    func unlike(_ difference: String) -> CheckpointError {
        .unlikeDiffusers(file: file, origin: origin, difference: difference)
    }

    /// The model, once every tensor has a name.
    ///
    /// - Parameter explain: what a tensor that is left means, where it is known.
    /// - Throws: `unlikeDiffusers` for tensors that are left.
    func model(
        _ family: ModelFamily, of file: TrainerFile, constants: FileDescriptor? = nil, notes: [String],
        explain: (_ name: String) -> String? = { _ in nil }
    ) throws(CheckpointError) -> TrainedModel {
        let names = left.keys.sorted()
        if let first = names.first {
            let known = names.lazy.compactMap(explain).first
            throw unlike(
                known
                    ?? "it has \(names.count) tensors that diffusers' UNet1DModel has not, for instance \(first.quoted)"
            )
        }
        let files = [file.file] + (constants.map { [$0] } ?? [])
        return TrainedModel(
            origin: origin, family: family,
            tensors: StateDict(path: file.path, files: files, tensors: renamed), notes: notes)
    }
}
