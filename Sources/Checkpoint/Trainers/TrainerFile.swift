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
    func integer(named name: String) -> Int? {
        integers.filter { ($0.key == name || $0.key.hasSuffix("." + name)) && $0.value > 0 }
            .min { ($0.key.count, $0.key) < ($1.key.count, $1.key) }?.value
    }

    // MARK: - Copies of the model

    /// One copy of a model: trainers keep the one that is trained, and an average of it over the steps.
    struct Copy {
        /// The keys that lead to its dictionary.
        var group: [String]
        /// What stands before its tensors' names.
        var prefix: String
        /// Its tensors, without the prefix.
        var tensors: [StoredTensor]
        /// The tensors of that dictionary that belong to none of the copies.
        var others: [StoredTensor]

        fileprivate var label: String { (group + [prefix]).filter { !$0.isEmpty }.joined(separator: ".") }
        private var parts: [Substring] { group.flatMap { $0.split(separator: ".") } + prefix.split(separator: ".") }

        /// Whether it is an exponential moving average. ema_pytorch keeps the model itself beside it, as `online_model`.
        fileprivate var isAverage: Bool {
            !isOnline && parts.contains { $0.split(separator: "_").contains("ema") }
        }
        fileprivate var isOnline: Bool { parts.contains("online_model") }
    }

    /// The copy of a model that is run, the average where there is one, and notes on it.
    ///
    /// - Parameter marks: tensors that each such model has, and that no other class has.
    /// - Returns: nil where the file has no such model.
    /// - Throws: `severalPrefixes` where there are several models.
    func preferredCopy(with marks: [String]) throws(CheckpointError) -> (copy: Copy, notes: [String])? {
        let copies: [Copy] = groups.flatMap { self.copies(in: $0, with: marks) }
        if copies.isEmpty { return nil }
        let averages = copies.filter(\.isAverage)
        // What the average is made of is there once more under the trained model's own name.
        let trained = copies.filter { !$0.isOnline }
        let pool = averages.isEmpty ? trained.isEmpty ? copies : trained : averages
        guard pool.count == 1 else { throw .severalPrefixes(file: path, prefixes: pool.map(\.label)) }
        let taken = pool[0]
        let name = taken.label.isEmpty ? "the only one" : taken.label.quoted
        let others = copies.map(\.label).filter { $0 != taken.label }
        let choice =
            averages.isEmpty
            ? "has no average of the model over the training steps; \(name) is loaded"
            : "\(name), the average over the training steps, is loaded"
                + (others.isEmpty ? "" : " rather than \(others.map(\.quoted).joined(separator: ", "))")
        var notes = ["\(path): \(choice)"]
        if let first = taken.others.first {
            notes.append(
                "\(path): \(taken.others.count) tensors around the model are ignored, for instance \(first.name.quoted)"
            )
        }
        return (taken, notes)
    }

    private func copies(in group: TorchFile.Group, with marks: [String]) -> [Copy] {
        let names = Set(group.tensors.map(\.name))
        let first = marks[0]
        let prefixes = group.tensors.map(\.name)
            .filter { $0 == first || $0.hasSuffix("." + first) }.map { String($0.dropLast(first.count)) }
            .filter { prefix in marks.allSatisfy { names.contains(prefix + $0) } }
        let others = group.tensors.filter { tensor in !prefixes.contains { tensor.name.hasPrefix($0) } }
        return prefixes.map { prefix in
            let own = group.tensors.filter { $0.name.hasPrefix(prefix) }
            return Copy(
                group: group.path, prefix: prefix,
                tensors: own.map { $0.named(String($0.name.dropFirst(prefix.count))) },
                others: others)
        }
    }
}
