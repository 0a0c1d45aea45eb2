extension StateDict {
    /// The frequencies of the Fourier embedding, whatever stands before the names of these tensors.
    var timeFrequencies: StoredTensor? {
        self["time_proj.weight"] ?? tensors.first { $0.name.hasSuffix(".time_proj.weight") }
    }

    /// The tensors under the names that a network has for them, checked: each is there, with its exact shape, of a type that
    /// weights may have. A prefix that all of them have is removed.
    ///
    /// - Returns: the tensors, and notes on those that nobody expects.
    /// - Throws: `severalPrefixes`, `tensorsMismatch`, `unsupportedElementType`.
    /// - Complexity: O(tensors).
    package func fitted(to expected: [ExpectedTensor]) throws(CheckpointError) -> (StateDict, notes: [String]) {
        let tensors = try withoutPrefix(expected)
        let fit = TensorFit(tensors, to: expected)
        if let refusal = fit.refusal(of: tensors) { throw refusal }
        return (tensors, notes: fit.notes(of: tensors))
    }

    // MARK: - Prefixes

    /// The most copies of a model that a file may hold; a hostile file could hold thousands.
    static let maximumCopies = 8

    /// The tensors without what stands before the name of every expected one, with a note on it.
    ///
    /// - Throws: `severalPrefixes`.
    /// - Complexity: O(bytes of the names).
    package func withoutPrefix(_ expected: [ExpectedTensor]) throws(CheckpointError) -> StateDict {
        guard let first = expected.first?.name, expected.allSatisfy({ self[$0.name] == nil }) else { return self }
        let prefixes = tensors.prefixes(
            before: first, holding: expected.lazy.map(\.name), isName: { self[$0] != nil })
        guard let prefix = prefixes.first else { return self }
        guard prefixes.count == 1 else { throw .severalPrefixes(file: path, prefixes: prefixes.sorted()) }
        let renamed = tensors.map {
            $0.name.hasPrefix(prefix) ? $0.named(String($0.name.dropFirst(prefix.count))) : $0
        }
        return with(
            renamed,
            note: "\(path): \(prefix.quoted) was removed from the tensors' names\(Self.origin(ofPrefix: prefix))")
    }

    /// Who leaves a prefix, where it is known.
    private static func origin(ofPrefix prefix: String) -> String {
        switch prefix {
        case "module.": "; torch.nn.DataParallel leaves it"
        case "_orig_mod.": "; torch.compile leaves it"
        default: ""
        }
    }
}

extension [StoredTensor] {
    /// What stands before the tensors' names in each copy of a model, in the tensors' order; at most
    /// `StateDict.maximumCopies` and one more.
    ///
    /// - Parameters:
    ///   - first: one of `names`.
    ///   - names: names of tensors that each copy has. None ends with another one, so that each of the file's names is found
    ///     for one prefix only, and all comparisons take a time linear in the file's names.
    ///   - isName: whether one of these tensors has that name.
    func prefixes(
        before first: String, holding names: some Sequence<String>, isName: (String) -> Bool
    ) -> [String] {
        var prefixes: [String] = []
        for tensor in self where tensor.name.hasSuffix(first) {
            let prefix = String(tensor.name.dropLast(first.count))
            if names.allSatisfy({ isName(prefix + $0) }) { prefixes.append(prefix) }
            if prefixes.count > StateDict.maximumCopies { break }
        }
        return prefixes
    }
}

/// How the tensors of a checkpoint and those that a network reads go together.
package struct TensorFit: Sendable {
    /// Tensors that the network reads and the checkpoint lacks.
    package var missing: [ExpectedTensor] = []
    /// Tensors of another shape than the network reads.
    package var misshapen: [CheckpointError.MisshapenTensor] = []
    /// Tensors of a type that weights cannot have.
    package var unsupported: [StoredTensor] = []
    /// Tensors that the network does not read.
    package var unexpected: [StoredTensor] = []

    /// Compares names, shapes and types.
    ///
    /// - Complexity: O(tensors).
    package init(_ tensors: StateDict, to expected: [ExpectedTensor]) {
        for tensor in expected {
            guard let found = tensors[tensor.name] else {
                missing.append(tensor)
                continue
            }
            if found.shape != tensor.shape {
                misshapen.append(.init(name: tensor.name, found: found.shape, expected: tensor.shape))
            }
            if !ElementType.weights.contains(found.elementType) { unsupported.append(found) }
        }
        let names = Set(expected.map(\.name))
        unexpected = tensors.tensors.filter { !names.contains($0.name) }
    }

    /// Names that a message or a note lists before it says how many more there are.
    private static let listed = 8

    /// Why the network cannot read the checkpoint; nil: it can.
    package func refusal(of tensors: StateDict) -> CheckpointError? {
        if !missing.isEmpty || !misshapen.isEmpty {
            return .tensorsMismatch(
                file: tensors.path, missing: missing.prefix(Self.listed).map(\.name),
                misshapen: Array(misshapen.prefix(Self.listed)), total: missing.count + misshapen.count)
        }
        return unsupported.first.map {
            .unsupportedElementType(
                file: tensors.path(of: $0), tensor: $0.name, found: $0.elementType, expected: ElementType.weights)
        }
    }

    /// Notes on tensors that nobody expects, a sentence each.
    package func notes(of tensors: StateDict) -> [String] {
        var notes = unexpected.prefix(Self.listed).map {
            "\(tensors.path): tensor \($0.name.quoted) is not part of the model and is ignored"
        }
        if unexpected.count > Self.listed {
            notes.append(
                "\(tensors.path): \(unexpected.count - Self.listed) more tensors are not part of the model and are ignored"
            )
        }
        return notes
    }
}
