/// Classes and functions, and the tensors, storages and dictionaries that calls of them would make.
extension PickleMachine {
    mutating func pushGlobal(module: String, name: String) throws(CheckpointError) {
        if let global = TorchGlobal(module: module, name: name) { return try push(.global(global)) }
        switch foreign {
        case .refused: throw .refusedGlobal(file: reader.file.path, name: "\(module).\(name)")
        case .skipped: try push(.skipped)
        }
    }

    func elements(_ reference: PickleHeap.Reference) throws(CheckpointError) -> [PickleHeap.Reference] {
        switch heap[reference] {
        case .tuple(let elements), .list(let elements): return elements
        case .skipped: return []
        default: throw malformed("arguments that are no tuple")
        }
    }

    /// Puts in place of a call what it would make, where that is a tensor or a dictionary.
    mutating func make(
        callee: PickleHeap.Reference, arguments: [PickleHeap.Reference]
    ) throws(CheckpointError) {
        switch heap[callee] {
        case .skipped: try push(.skipped)
        case .global(let global): try make(global, arguments)
        default: throw malformed("a call of what is neither a class nor a function")
        }
    }

    private mutating func make(
        _ global: TorchGlobal, _ arguments: [PickleHeap.Reference]
    ) throws(CheckpointError) {
        switch global {
        case .dictionary: try pushDictionary(arguments.last)
        case .size:
            guard let sizes = arguments.first else { return try push(.tuple([])) }
            let shape = try elements(sizes)
            guard shape.count <= PickleHeap.maximumRank else { throw malformed("a shape of \(shape.count) dimensions") }
            try push(.tuple(shape))
        case .rebuildTensor: try pushTensor(arguments, type: nil)
        case .rebuildTypedTensor:
            guard arguments.count >= 7, case .global(.dtype(let type)) = heap[arguments[6]] else {
                throw malformed("a tensor without a dtype")
            }
            try pushTensor(arguments, type: type)
        case .rebuildParameter, .tensorClass:
            guard let tensor = arguments.first else { throw malformed("a parameter without a tensor") }
            stack.append(tensor)
        case .rebuildFromType:
            guard arguments.count >= 3, case .global(let function) = heap[arguments[0]], function != .rebuildFromType
            else { throw malformed("a tensor made by no function of torch") }
            try make(function, try elements(arguments[2]))
        case .ignored, .storage, .dtype: try push(.skipped)
        }
    }

    /// A dictionary of a list of pairs, or an empty one.
    private mutating func pushDictionary(_ pairs: PickleHeap.Reference?) throws(CheckpointError) {
        try push(.dictionary([]))
        guard let pairs, case .list(let entries) = heap[pairs] else { return }
        var items: [PickleHeap.Reference] = []
        copiedEntries += entries.count
        guard copiedEntries <= PickleHeap.limit else { throw malformed("more than \(PickleHeap.limit) entries") }
        for entry in entries {
            let pair = try elements(entry)
            guard pair.count == 2 else { throw malformed("a dictionary of what are no pairs") }
            items += pair
        }
        try set(items)
    }

    /// A storage from its persistent id: ("storage", class, key, device, elements), and in legacy files a view of it.
    mutating func pushStorage(_ id: PickleHeap.Reference) throws(CheckpointError) {
        let parts = try elements(id)
        guard parts.count >= 5, heap.string(parts[0]) == "storage", case .global(.storage(let type)) = heap[parts[1]],
            let key = heap.string(parts[2]), let count = heap.integer(parts[4]), count >= 0
        else { throw malformed("a persistent id that is no storage of torch") }
        var storage = PickledStorage(key: key, elementType: type, count: count)
        if parts.count > 5, case .tuple(let view) = heap[parts[5]] {
            guard view.count == 3, let first = heap.integer(view[1]), let size = heap.integer(view[2]), first >= 0,
                size >= 0, first <= count, size <= count - first
            else { throw malformed("a view beyond its storage") }
            storage.firstElement = first
            storage.count = size
        }
        try push(.storage(storage))
    }

    private mutating func pushTensor(
        _ arguments: [PickleHeap.Reference], type: ElementType?
    ) throws(CheckpointError) {
        tensors += 1
        guard tensors <= Self.maximumTensors else { throw malformed("more than \(Self.maximumTensors) tensors") }
        try push(.tensor(try tensor(arguments, type: type)))
    }

    private mutating func tensor(
        _ arguments: [PickleHeap.Reference], type: ElementType?
    ) throws(CheckpointError) -> PickledTensor {
        guard arguments.count >= 4, case .storage(let storage) = heap[arguments[0]],
            let offset = heap.integer(arguments[1]), let shape = heap.integers(arguments[2]),
            let strides = heap.integers(arguments[3]), let elementType = type ?? storage.elementType,
            shape.count == strides.count, offset >= 0, shape.allSatisfy({ $0 >= 0 }),
            strides.allSatisfy({ $0 >= 0 })
        else { throw malformed("a tensor without a storage, a shape or strides") }
        guard storage.elementType == nil || storage.elementType == elementType else {
            throw malformed("a tensor of another type than its storage")
        }
        let stored = storage.count / (storage.elementType == nil ? elementType.bits / 8 : 1)
        // The elements, and the place after the last one, must be numbers that can be counted.
        var end = offset
        var count = 1
        for (length, stride) in zip(shape, strides) {
            let (steps, overflow) = max(0, length - 1).multipliedReportingOverflow(by: stride)
            let (sum, sumOverflow) = end.addingReportingOverflow(steps)
            let (product, productOverflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, !sumOverflow, !productOverflow, product < 1 << 48 else {
                throw malformed("a tensor of shape \(shape)")
            }
            end = sum
            count = product
        }
        guard count == 0 ? offset <= stored : end < stored else {
            throw malformed(
                "a tensor of shape \(shape) and strides \(strides) from element \(offset) on, beyond the "
                    + "\(stored) elements of its storage")
        }
        repeatedElements += max(0, count - stored)
        guard repeatedElements <= Self.maximumRepeated else {
            throw malformed(
                "a tensor of shape \(shape), which repeats the \(stored) elements of its storage; save "
                    + "tensor.contiguous() in its place")
        }
        return PickledTensor(
            storage: storage, elementType: elementType, offset: offset, shape: shape, strides: strides)
    }
}
