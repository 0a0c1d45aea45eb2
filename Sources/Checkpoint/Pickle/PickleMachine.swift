/// A virtual machine that reads pickles of tensors. It knows what a state dict needs, and nothing of a pickle is ever run.
///
/// Source: CPython, Lib/pickletools.py, for the instructions; torch 2.13, torch/serialization.py, for persistent ids.
struct PickleMachine {
    /// What to do with a class or a function that a state dict does not need.
    enum Foreign {
        /// Refuse the file, naming it: weights hold nothing else.
        case refused
        /// Do not build it: trainers save their settings beside the weights.
        case skipped
    }

    /// The most instructions of a pickle, which bounds the time and the memory.
    static let maximumInstructions = 2_000_000
    /// Texts beyond are skipped: no tensor has such a name.
    static let maximumText = 4096
    /// The most tensors, each of which takes up to a kilobyte.
    static let maximumTensors = 1 << 16
    /// The most elements that tensors of a file may have beyond those of their storages, as `expand` makes them.
    static let maximumRepeated = 1 << 22

    var heap = PickleHeap()
    private var reader: ByteReader
    private let foreign: Foreign
    private var stack: [PickleHeap.Reference] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleHeap.Reference] = [:]
    /// Entries that calls of dictionaries have copied: the one instruction that makes more than it reads.
    private var copiedEntries = 0
    private var repeatedElements = 0
    private var tensors = 0

    init(_ reader: ByteReader, foreign: Foreign) {
        self.reader = reader
        self.foreign = foreign
    }

    /// The byte of the file after the pickle that was read last.
    var position: Int { reader.position }

    /// Reads the next pickle: from the current byte to its STOP instruction.
    mutating func read() throws(CheckpointError) -> PickleHeap.Reference {
        stack = []
        marks = []
        memo = [:]
        for _ in 0..<Self.maximumInstructions {
            let code = try reader.byte()
            if code == UInt8(ascii: ".") { return try pop() }
            try execute(code)
        }
        throw malformed("more than \(Self.maximumInstructions) instructions")
    }

    // MARK: - Instructions

    private mutating func execute(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case 0x80: try checkProtocol()
        case 0x95: try reader.skip(8)
        case UInt8(ascii: "("): marks.append(stack.count)
        // What is on top may be a mark.
        case UInt8(ascii: "0"): if stack.count == marks.last { marks.removeLast() } else { try drop() }
        case UInt8(ascii: "1"): _ = try popMark()
        case UInt8(ascii: "2"): stack.append(try top())
        // GET, BINGET, LONG_BINGET; PUT, BINPUT, LONG_BINPUT, MEMOIZE.
        case UInt8(ascii: "g"): try recall(try decimal())
        case UInt8(ascii: "h"): try recall(try reader.number(bytes: 1))
        case UInt8(ascii: "j"): try recall(try reader.number(bytes: 4))
        case UInt8(ascii: "p"): try memorize(try decimal())
        case UInt8(ascii: "q"): try memorize(try reader.number(bytes: 1))
        case UInt8(ascii: "r"): try memorize(try reader.number(bytes: 4))
        case 0x94: try memorize(memo.count)
        case UInt8(ascii: "c"), 0x93, UInt8(ascii: "i"), UInt8(ascii: "R"), 0x81, 0x92, UInt8(ascii: "o"),
            UInt8(ascii: "b"), UInt8(ascii: "Q"), UInt8(ascii: "P"):
            try executeObject(code)
        default:
            if try !executeScalar(code) { try executeContainer(code) }
        }
    }

    /// None, truths, numbers and texts.
    ///
    /// - Returns: whether it was one of them.
    private mutating func executeScalar(_ code: UInt8) throws(CheckpointError) -> Bool {
        switch code {
        case UInt8(ascii: "N"): try push(.none)
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case UInt8(ascii: "I"): try push(try integerLine())
        case UInt8(ascii: "L"): try push(try longLine())
        case UInt8(ascii: "J"):
            try push(.integer(Int(Int32(truncatingIfNeeded: try reader.number(bytes: 4)))))
        case UInt8(ascii: "K"): try push(.integer(try reader.number(bytes: 1)))
        case UInt8(ascii: "M"): try push(.integer(try reader.number(bytes: 2)))
        case 0x8A: try push(try long(bytes: try reader.number(bytes: 1)))
        case 0x8B: try push(try long(bytes: try reader.number(bytes: 4)))
        case UInt8(ascii: "G"):
            try reader.skip(8)
            try push(.skipped)
        case UInt8(ascii: "F"), UInt8(ascii: "S"):
            _ = try reader.line(limit: Self.maximumText)
            try push(.skipped)
        case UInt8(ascii: "V"): try push(text(try reader.line(limit: Self.maximumText)))
        // Texts of protocol 2, and the ASCII ones that Python 2 wrote.
        case 0x8C, UInt8(ascii: "U"): try pushText(bytes: try reader.number(bytes: 1))
        case UInt8(ascii: "X"), UInt8(ascii: "T"): try pushText(bytes: try reader.number(bytes: 4))
        case 0x8D: try pushText(bytes: try reader.number(bytes: 8))
        case UInt8(ascii: "C"): try skipBytes(lengthBytes: 1)
        case UInt8(ascii: "B"): try skipBytes(lengthBytes: 4)
        case 0x8E, 0x96: try skipBytes(lengthBytes: 8)
        default: return false
        }
        return true
    }

    private mutating func executeContainer(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case UInt8(ascii: ")"): try push(.tuple([]))
        case UInt8(ascii: "t"): try push(.tuple(try popMark()))
        case 0x85: try push(.tuple(try pop(1)))
        case 0x86: try push(.tuple(try pop(2)))
        case 0x87: try push(.tuple(try pop(3)))
        case UInt8(ascii: "]"): try push(.list([]))
        case UInt8(ascii: "l"): try push(.list(try popMark()))
        case UInt8(ascii: "a"): try append(try pop(1))
        case UInt8(ascii: "e"): try append(try popMark())
        case UInt8(ascii: "}"): try push(.dictionary([]))
        case UInt8(ascii: "d"):
            let items = try popMark()
            try push(.dictionary([]))
            try set(items)
        case UInt8(ascii: "s"): try set(try pop(2))
        case UInt8(ascii: "u"): try set(try popMark())
        // Sets: nothing in a state dict reads them.
        case 0x8F: try push(.skipped)
        case 0x90: _ = try popMark()
        case 0x91:
            _ = try popMark()
            try push(.skipped)
        default:
            throw malformed("instruction 0x\(String(code, radix: 16)) is none that a state dict needs")
        }
    }

    private mutating func executeObject(_ code: UInt8) throws(CheckpointError) {
        switch code {
        case UInt8(ascii: "c"):
            try pushGlobal(
                module: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self),
                name: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self))
        case 0x93:
            let parts = try pop(2)
            guard let module = heap.string(parts[0]), let name = heap.string(parts[1]) else {
                throw malformed("a class without a name")
            }
            try pushGlobal(module: module, name: name)
        case UInt8(ascii: "i"):
            let arguments = try popMark()
            try pushGlobal(
                module: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self),
                name: String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self))
            try make(callee: try pop(), arguments: arguments)
        case UInt8(ascii: "o"):
            let parts = try popMark()
            guard let callee = parts.first else { throw malformed("an object without a class") }
            try make(callee: callee, arguments: Array(parts.dropFirst()))
        case UInt8(ascii: "R"), 0x81:
            let parts = try pop(2)
            try make(callee: parts[0], arguments: try elements(parts[1]))
        case 0x92:
            let parts = try pop(3)
            try make(callee: parts[0], arguments: try elements(parts[1]))
        // An object's attributes: an OrderedDict's `_metadata`, a tensor's hooks.
        case UInt8(ascii: "b"): try drop()
        case UInt8(ascii: "Q"): try pushStorage(try pop())
        default:
            throw malformed("a persistent id as text, which torch does not write")
        }
    }

    // MARK: - Objects

    private mutating func pushGlobal(module: String, name: String) throws(CheckpointError) {
        if let global = TorchGlobal(module: module, name: name) { return try push(.global(global)) }
        switch foreign {
        case .refused: throw .refusedGlobal(file: reader.file.path, name: "\(module).\(name)")
        case .skipped: try push(.skipped)
        }
    }

    private func elements(_ reference: PickleHeap.Reference) throws(CheckpointError) -> [PickleHeap.Reference] {
        switch heap[reference] {
        case .tuple(let elements), .list(let elements): return elements
        case .skipped: return []
        default: throw malformed("arguments that are no tuple")
        }
    }

    /// Puts in place of a call what it would make, where that is a tensor or a dictionary.
    private mutating func make(
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
    private mutating func pushStorage(_ id: PickleHeap.Reference) throws(CheckpointError) {
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

    // MARK: - Texts and numbers

    private mutating func checkProtocol() throws(CheckpointError) {
        let version = try reader.byte()
        guard version <= 5 else { throw malformed("pickle protocol \(version), where 5 is the newest known") }
    }

    private func text(_ bytes: [UInt8]) -> PickleHeap.Value {
        String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .skipped
    }

    private mutating func pushText(bytes count: Int) throws(CheckpointError) {
        if count > Self.maximumText {
            try reader.skip(count)
            return try push(.skipped)
        }
        try push(text(try reader.bytes(count)))
    }

    private mutating func skipBytes(lengthBytes: Int) throws(CheckpointError) {
        try reader.skip(try reader.number(bytes: lengthBytes))
        try push(.skipped)
    }

    /// A little-endian two's complement number; one beyond 64 bits is skipped.
    private mutating func long(bytes count: Int) throws(CheckpointError) -> PickleHeap.Value {
        guard count <= 8 else {
            try reader.skip(count)
            return .skipped
        }
        var value: Int64 = 0
        for i in 0..<count { value |= Int64(try reader.byte()) << Int64(8 * i) }
        let unused = Int64(64 - 8 * count)
        return .integer(count == 0 ? 0 : Int((value << unused) >> unused))
    }

    private mutating func decimal() throws(CheckpointError) -> Int {
        let text = String(decoding: try reader.line(limit: 20), as: UTF8.self)
        guard let value = Int(text), value >= 0 else { throw malformed("\(text.quoted) as a number of a value") }
        return value
    }

    /// I01 and I00 are truths.
    private mutating func integerLine() throws(CheckpointError) -> PickleHeap.Value {
        let text = String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self)
        switch text {
        case "01": return .bool(true)
        case "00": return .bool(false)
        default: return Int(text).map { .integer($0) } ?? .skipped
        }
    }

    private mutating func longLine() throws(CheckpointError) -> PickleHeap.Value {
        let text = String(decoding: try reader.line(limit: Self.maximumText), as: UTF8.self)
        return Int(text.hasSuffix("L") ? String(text.dropLast()) : text).map { .integer($0) } ?? .skipped
    }

    // MARK: - Stack

    private mutating func push(_ value: PickleHeap.Value) throws(CheckpointError) {
        guard let reference = heap.add(value) else {
            throw malformed("more than \(PickleHeap.limit) values")
        }
        stack.append(reference)
    }

    private mutating func memorize(_ number: Int) throws(CheckpointError) {
        memo[number] = try top()
        guard memo.count <= PickleHeap.limit else { throw malformed("more than \(PickleHeap.limit) stored values") }
    }

    private mutating func recall(_ number: Int) throws(CheckpointError) {
        guard let reference = memo[number] else { throw malformed("value \(number), which was never stored") }
        stack.append(reference)
    }

    private func top() throws(CheckpointError) -> PickleHeap.Reference {
        guard stack.count > (marks.last ?? 0), let reference = stack.last else { throw malformed("an empty stack") }
        return reference
    }

    private mutating func pop() throws(CheckpointError) -> PickleHeap.Reference {
        let reference = try top()
        stack.removeLast()
        return reference
    }

    private mutating func drop() throws(CheckpointError) { _ = try pop() }

    /// The `count` topmost values, the deepest first.
    private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleHeap.Reference] {
        guard stack.count - count >= marks.last ?? 0 else { throw malformed("an empty stack") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    /// The values above the last mark, which is removed.
    private mutating func popMark() throws(CheckpointError) -> [PickleHeap.Reference] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw malformed("no mark on the stack") }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    private mutating func append(_ items: [PickleHeap.Reference]) throws(CheckpointError) {
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

    private mutating func set(_ items: [PickleHeap.Reference]) throws(CheckpointError) {
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

    private func malformed(_ problem: String) -> CheckpointError { reader.malformed(problem) }
}
