/// A tensor that lies in one of a checkpoint's files. Nothing of its elements is in memory.
package struct StoredTensor: Sendable, Equatable {
    /// Its name in the state dict.
    package let name: String
    /// Type of its elements, little-endian.
    package let elementType: ElementType
    /// Shape, row-major; empty for a single number.
    package let shape: [Int]
    /// Elements from one index of a dimension to the next; nil: row-major, without gaps.
    let strides: [Int]?
    /// Which of the state dict's files holds it.
    let file: Int
    /// The byte of that file at which the element with all indices 0 starts. Of no particular alignment.
    let position: Int

    /// - Parameter strides: those of a row-major tensor become nil.
    init(
        name: String, elementType: ElementType, shape: [Int], strides: [Int]? = nil, file: Int = 0, position: Int
    ) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.strides = strides.flatMap { Self.isRowMajor(shape, $0) ? nil : $0 }
        self.file = file
        self.position = position
    }

    /// Elements.
    package var count: Int { shape.reduce(1, *) }
    /// Bytes of the elements, each once.
    package var byteCount: Int { count * elementType.bits / 8 }
    /// Whether the elements lie in the file in row-major order, without gaps.
    package var isContiguous: Bool { strides == nil }

    /// Elements from the first to the last one in the file, both included; 0 for a tensor without elements.
    var span: Int {
        guard let strides else { return count }
        if shape.contains(0) { return 0 }
        return zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// A copy of this tensor under another name.
    func named(_ name: String) -> StoredTensor {
        StoredTensor(
            name: name, elementType: elementType, shape: shape, strides: strides, file: file, position: position)
    }

    /// A copy of this tensor that lies in another file of a list.
    func inFile(_ file: Int) -> StoredTensor {
        StoredTensor(
            name: name, elementType: elementType, shape: shape, strides: strides, file: file, position: position)
    }

    /// The elements of a row-major tensor from `first` on, as a tensor of another shape.
    ///
    /// - Precondition: the tensor is contiguous and holds that many elements.
    func slice(named name: String, from first: Int, shape: [Int]) -> StoredTensor {
        precondition(isContiguous && first >= 0 && first + shape.reduce(1, *) <= count)
        return StoredTensor(
            name: name, elementType: elementType, shape: shape, file: file,
            position: position + first * elementType.bits / 8)
    }

    /// Whether strides are those of a row-major tensor. The stride of a dimension of one index says nothing.
    private static func isRowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
        if shape.contains(0) { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() {
            if size != 1 && stride != expected { return false }
            expected *= size
        }
        return true
    }
}
