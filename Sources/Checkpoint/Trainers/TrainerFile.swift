/// A file that a trainer may have saved: dictionaries of tensors, and integers beside them. Objects of other classes are
/// neither built nor run.
struct TrainerFile {
    let file: FileDescriptor
    /// The dictionaries of tensors, those further out first.
    let groups: [TorchFile.Group]
    private let integers: [String: Int]

    /// Reads what is in a file of any name, except the tensors' elements. Blocks on the disk.
    ///
    /// - Throws: what the formats throw.
    init(_ file: FileDescriptor) throws(CheckpointError) {
        self.file = file
        if try file.isPickle() {
            let torch = try TorchFile(file, foreign: .skipped)
            (groups, integers) = (torch.groups, torch.integers)
        } else {
            groups = [TorchFile.Group(path: [], tensors: StateDict(try TensorFile(file)).tensors)]
            integers = [:]
        }
    }

    /// Tensors that lie in a file, as if it held nothing else.
    init(_ file: FileDescriptor, tensors: [StoredTensor]) {
        self.file = file
        groups = [TorchFile.Group(path: [], tensors: tensors)]
        integers = [:]
    }

    var path: String { file.path }

    /// The dictionaries in words, for errors.
    var contents: [String] {
        groups.map { group in
            let name = group.path.isEmpty ? "a dictionary" : group.path.joined(separator: ".").quoted
            let first = group.tensors.first.map { ", the first \($0.name.quoted)" } ?? ""
            return "\(name) of \(group.tensors.count) tensors\(first)"
        }
    }

    /// A positive integer of that name among the trainer's settings: the one that is nested least.
    func integer(named name: String) -> Int? { integers[name] }

    // MARK: - Copies of the model

    /// One copy of a model: trainers keep the one that is trained, and an average of it over the steps.
    struct Copy {
        /// Its tensors, without the prefix.
        var tensors: [StoredTensor]
        /// The tensors of that dictionary that belong to none of the copies.
        var others: [StoredTensor]
    }

    /// Where a copy of a model lies.
    private struct Place {
        /// The dictionary that it lies in.
        var group: TorchFile.Group
        /// What stands before its tensors' names: nothing, or words with a dot after each.
        var prefix: String

        var label: String { (group.path + [prefix]).filter { !$0.isEmpty }.joined(separator: ".") }
        private var parts: [Substring] {
            group.path.flatMap { $0.split(separator: ".") } + prefix.split(separator: ".")
        }

        /// Whether it is an exponential moving average. ema_pytorch keeps the model itself beside it, as `online_model`.
        var isAverage: Bool { !isOnline && parts.contains { $0.split(separator: "_").contains("ema") } }
        var isOnline: Bool { parts.contains("online_model") }
    }

    /// The copy of a model that is run, the average where there is one, and notes on it.
    ///
    /// - Parameter marks: tensors that each such model has, and that no other class has. None ends with another one.
    /// - Returns: nil where the file has no such model.
    /// - Throws: `severalPrefixes` where there are several models, or more than `StateDict.maximumCopies` copies.
    /// - Complexity: O(bytes of the tensors' names).
    func preferredCopy(with marks: [String]) throws(CheckpointError) -> (copy: Copy, notes: [String])? {
        let places = places(of: marks)
        if places.isEmpty { return nil }
        let averages = places.filter(\.isAverage)
        // What the average is made of is there once more under the trained model's own name.
        let trained = places.filter { !$0.isOnline }
        let pool = averages.isEmpty ? trained.isEmpty ? places : trained : averages
        guard places.count <= StateDict.maximumCopies, pool.count == 1 else {
            throw .severalPrefixes(file: path, prefixes: (pool.count == 1 ? places : pool).map(\.label))
        }
        let taken = pool[0]
        let label = taken.label
        let name = label.isEmpty ? "the only one" : label.quoted
        let others = places.map(\.label).filter { $0 != label }
        let choice =
            averages.isEmpty
            ? "has no average of the model over the training steps; \(name) is loaded"
            : "\(name), the average over the training steps, is loaded"
                + (others.isEmpty ? "" : " rather than \(others.map(\.quoted).joined(separator: ", "))")
        var notes = ["\(path): \(choice)"]
        let copy = copy(at: taken, among: places)
        if let first = copy.others.first {
            notes.append(
                "\(path): \(copy.others.count) tensors around the model are ignored, for instance \(first.name.quoted)"
            )
        }
        return (copy, notes)
    }

    /// The copies of a model, those further out first; `StateDict.maximumCopies` and a few more at most.
    private func places(of marks: [String]) -> [Place] {
        let first = marks[0]
        let nested = "." + first
        var places: [Place] = []
        for group in groups where places.count <= StateDict.maximumCopies {
            let names = Set(group.tensors.map(\.name))
            places += group.tensors.filter { $0.name == first || $0.name.hasSuffix(nested) }
                .prefixes(before: first, holding: marks, isName: names.contains)
                .map { Place(group: group, prefix: $0) }
        }
        return places
    }

    private func copy(at place: Place, among places: [Place]) -> Copy {
        let prefixes = places.filter { $0.group.path == place.group.path }.map(\.prefix)
        var copy = Copy(tensors: [], others: [])
        for tensor in place.group.tensors {
            if tensor.name.hasPrefix(place.prefix) {
                copy.tensors.append(tensor.named(String(tensor.name.dropFirst(place.prefix.count))))
            } else if !prefixes.contains(where: tensor.name.hasPrefix) {
                copy.others.append(tensor)
            }
        }
        return copy
    }
}
