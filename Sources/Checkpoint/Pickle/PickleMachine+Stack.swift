/// The stack with its marks, the memo, and the containers that grow on top.
extension PickleMachine {
    mutating func push(_ value: PickleHeap.Value) throws(CheckpointError) {
        guard let reference = heap.add(value) else {
            throw malformed("more than \(PickleHeap.limit) values")
        }
        stack.append(reference)
    }

    mutating func memorize(_ number: Int) throws(CheckpointError) {
        memo[number] = try top()
        guard memo.count <= PickleHeap.limit else { throw malformed("more than \(PickleHeap.limit) stored values") }
    }

    mutating func recall(_ number: Int) throws(CheckpointError) {
        guard let reference = memo[number] else { throw malformed("value \(number), which was never stored") }
        stack.append(reference)
    }

    func top() throws(CheckpointError) -> PickleHeap.Reference {
        guard stack.count > (marks.last ?? 0), let reference = stack.last else { throw malformed("an empty stack") }
        return reference
    }

    mutating func pop() throws(CheckpointError) -> PickleHeap.Reference {
        let reference = try top()
        stack.removeLast()
        return reference
    }

    mutating func drop() throws(CheckpointError) { _ = try pop() }

    /// The `count` topmost values, the deepest first.
    mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleHeap.Reference] {
        guard stack.count - count >= marks.last ?? 0 else { throw malformed("an empty stack") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    /// The values above the last mark, which is removed.
    mutating func popMark() throws(CheckpointError) -> [PickleHeap.Reference] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw malformed("no mark on the stack") }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    mutating func append(_ items: [PickleHeap.Reference]) throws(CheckpointError) {
        let target = try top()
        switch heap[target] {
        case .list(var elements):
            // Nothing else may hold the elements while they grow, or each addition would copy them.
            heap[target] = .none
            elements += items
            heap[target] = .list(elements)
        case .skipped: break
        default: throw malformed("elements added to what is no list")
        }
    }

    mutating func set(_ items: [PickleHeap.Reference]) throws(CheckpointError) {
        guard items.count % 2 == 0 else { throw malformed("a key without a value") }
        let target = try top()
        switch heap[target] {
        case .dictionary(var entries):
            heap[target] = .none
            for i in stride(from: 0, to: items.count, by: 2) { entries.append((items[i], items[i + 1])) }
            heap[target] = .dictionary(entries)
        case .skipped: break
        default: throw malformed("entries added to what is no dictionary")
        }
    }
}
