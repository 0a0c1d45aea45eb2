extension StateDict {
    /// The frequencies of the Fourier embedding, whatever stands before the names of these tensors.
    var timeFrequencies: StoredTensor? {
        self["time_proj.weight"] ?? tensors.first { $0.name.hasSuffix(".time_proj.weight") }
    }

    /// Names that a message or a note lists before it says how many more there are.
    private static let listed = 8

    /// The tensors under the names that a network has for them, checked: each is there, with its exact shape, of a type that
    /// weights may have. A prefix that all of them have is removed.
    ///
    /// - Returns: the tensors, and notes on what was removed or ignored.
    /// - Throws: `severalPrefixes`, `tensorsMismatch`, `unsupportedElementType`.
    /// - Complexity: O(tensors).
    package func fitted(to expected: [ExpectedTensor]) throws(CheckpointError) -> (StateDict, notes: [String]) {
        let (dict, note) = try withoutPrefix(expected)
        return (dict, notes: (note.map { [$0] } ?? []) + (try dict.check(expected)))
    }

    // MARK: - Prefixes

    /// The tensors without what stands before the name of every expected one, and a note on it.
    private func withoutPrefix(_ expected: [ExpectedTensor]) throws(CheckpointError) -> (StateDict, note: String?) {
        guard let first = expected.first?.name, expected.allSatisfy({ self[$0.name] == nil }) else {
            return (self, nil)
        }
        let prefixes = Set(tensors.map(\.name).filter { $0.hasSuffix(first) }.map { String($0.dropLast(first.count)) })
            .filter { prefix in expected.allSatisfy { self[prefix + $0.name] != nil } }
        guard let prefix = prefixes.first else { return (self, nil) }
        guard prefixes.count == 1 else { throw .severalPrefixes(file: path, prefixes: prefixes.sorted()) }
        let renamed = tensors.map {
            $0.name.hasPrefix(prefix) ? $0.named(String($0.name.dropFirst(prefix.count))) : $0
        }
        return (
            with(renamed),
            "\(path): \(prefix.quoted) was removed from the tensors' names\(Self.origin(ofPrefix: prefix))"
        )
    }

    /// Who leaves a prefix, where it is known.
    private static func origin(ofPrefix prefix: String) -> String {
        switch prefix {
        case "module.": "; torch.nn.DataParallel leaves it"
        case "_orig_mod.": "; torch.compile leaves it"
        default: ""
        }
    }

    // MARK: - Names, shapes, types

    /// - Returns: notes on tensors that nobody expects.
    private func check(_ expected: [ExpectedTensor]) throws(CheckpointError) -> [String] {
        var missing: [String] = []
        var misshapen: [CheckpointError.MisshapenTensor] = []
        var unsupported: StoredTensor?
        for tensor in expected {
            guard let found = self[tensor.name] else {
                missing.append(tensor.name)
                continue
            }
            if found.shape != tensor.shape {
                misshapen.append(.init(name: tensor.name, found: found.shape, expected: tensor.shape))
            }
            if !ElementType.weights.contains(found.elementType) { unsupported = unsupported ?? found }
        }
        if !missing.isEmpty || !misshapen.isEmpty {
            throw .tensorsMismatch(
                file: path, missing: Array(missing.prefix(Self.listed)),
                misshapen: Array(misshapen.prefix(Self.listed)), total: missing.count + misshapen.count)
        }
        if let unsupported {
            throw .unsupportedElementType(
                file: path(of: unsupported), tensor: unsupported.name, found: unsupported.elementType,
                expected: ElementType.weights)
        }
        let names = Set(expected.map(\.name))
        let extra = tensors.map(\.name).filter { !names.contains($0) }
        var notes = extra.prefix(Self.listed).map {
            "\(path): tensor \($0.quoted) is not part of the model and is ignored"
        }
        if extra.count > Self.listed {
            notes.append("\(path): \(extra.count - Self.listed) more tensors are not part of the model and are ignored")
        }
        return notes
    }
}
