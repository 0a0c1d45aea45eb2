/// The values that a pickle makes. A value names another one by its number, so that a value may hold itself and no depth of
/// nesting is a depth of calls.
struct PickleHeap {
    typealias Reference = Int

    enum Value {
        case none
        case bool(Bool)
        case integer(Int)
        case string(String)
        case tuple([Reference])
        case list([Reference])
        /// Keys and values in the order in which they were set; a repeated key stays.
        case dictionary([(key: Reference, value: Reference)])
        /// A class or a function that a state dict needs.
        case global(TorchGlobal)
        indirect case storage(PickledStorage)
        indirect case tensor(PickledTensor)
        /// Something that is not needed and was not built.
        case skipped
    }

    /// The most values that a pickle may make, which bounds the memory.
    static let limit = 500_000

    private(set) var values: [Value] = []

    subscript(reference: Reference) -> Value {
        get { values[reference] }
        set { values[reference] = newValue }
    }

    /// - Returns: nil where there are too many.
    mutating func add(_ value: Value) -> Reference? {
        guard values.count < Self.limit else { return nil }
        values.append(value)
        return values.count - 1
    }

    func integer(_ reference: Reference) -> Int? {
        guard case .integer(let value) = values[reference] else { return nil }
        return value
    }

    func string(_ reference: Reference) -> String? {
        guard case .string(let text) = values[reference] else { return nil }
        return text
    }

    /// The most dimensions of a tensor.
    static let maximumRank = 64

    /// The integers of a tuple or list of nothing else, as many as a tensor may have dimensions.
    func integers(_ reference: Reference) -> [Int]? {
        switch values[reference] {
        case .tuple(let elements), .list(let elements):
            guard elements.count <= Self.maximumRank else { return nil }
            let integers = elements.compactMap(integer)
            return integers.count == elements.count ? integers : nil
        default: return nil
        }
    }

    /// The value of the last entry with that key.
    func value(of dictionary: Reference, _ key: String) -> Reference? {
        guard case .dictionary(let entries) = values[dictionary] else { return nil }
        return entries.last { string($0.key) == key }?.value
    }
}

/// The bytes that one or several tensors of a pickle share.
struct PickledStorage: Equatable {
    /// Its key in the archive, or in the list at the end of a legacy file.
    var key: String
    /// nil: bytes without a type, for which each tensor has its own.
    var elementType: ElementType?
    /// Elements, or bytes where there is no type.
    var count: Int
    /// The element at which a view of another storage starts.
    var firstElement = 0
}

/// A tensor of a pickle, checked against its storage's size.
struct PickledTensor: Equatable {
    var storage: PickledStorage
    var elementType: ElementType
    /// In elements from the storage's start.
    var offset: Int
    var shape: [Int]
    var strides: [Int]
}
