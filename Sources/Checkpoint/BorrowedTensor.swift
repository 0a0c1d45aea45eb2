/// A tensor in memory that a model borrows: its elements are not copied when the model is made, but read when a session first
/// needs them, and when the model is saved.
///
/// The memory is the caller's. It must stay there, and nobody may write to it, as long as the model lives, or a session or
/// anything else that was made with it.
@unsafe public struct BorrowedTensor: @unchecked Sendable {
    // Sendable unchecked: the memory is read only.

    /// The parameter's name in its family, for instance `down_blocks.0.resnets.0.conv1.weight`.
    public var name: String
    /// Type of the elements: F32, F16, BF16, F64, or one of the floats of eight bits; little-endian.
    public var elementType: ElementType
    /// Shape, row-major; empty for a single number.
    public var shape: [Int]
    /// The elements, row-major, without gaps; of any alignment.
    public var bytes: UnsafeRawBufferPointer

    /// A tensor in memory. Nothing is checked before a model is made of it.
    public init(name: String, elementType: ElementType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        unsafe self.name = name
        unsafe self.elementType = elementType
        unsafe self.shape = shape
        unsafe self.bytes = bytes
    }
}

extension ModelFiles {
    /// What errors and notes call the text of a configuration.
    private static let configurationName = "configuration"
    /// Bytes that all tensors together may have: no process can address more.
    private static let mostBytes = 1 << 48
    /// What errors and notes call the tensors.
    private static let tensorsName = "tensors"

    /// A model of the text of a config.json and of tensors in memory, checked as a folder's: every tensor there, with its exact
    /// shape, of a type that weights may have. A prefix that all names have is removed. Reads no elements yet.
    ///
    /// - Throws: any `CheckpointError` of parsing, validation and checking.
    package init(configuration: [UInt8], tensors: [BorrowedTensor]) throws(CheckpointError) {
        let parsed = try ParsedConfiguration(configuration, file: Self.configurationName)
        let weights = try unsafe Self.weights(tensors, ofPolicy: parsed.isPolicy)
        let model = try parsed.validated(weights: weights)
        let expected = model.network.tensors
        let (fitted, notes) = try weights.fitted(to: expected)
        self.init(
            path: Self.tensorsName, network: model.network, notes: model.notes + fitted.notes + notes,
            expectedTensors: expected, tensors: fitted, json: parsed.json)
    }

    private static func weights(
        _ tensors: [BorrowedTensor], ofPolicy isPolicy: Bool
    ) throws(CheckpointError) -> StateDict {
        var names: Set<String> = []
        var total = 0
        for index in unsafe tensors.indices {
            let tensor = unsafe tensors[index]
            let problem: String? =
                if unsafe !names.insert(tensor.name).inserted {
                    "occurs twice"
                } else if unsafe tensor.name.utf8.count > SafetensorsHeader.maximumName {
                    "its name has more than \(SafetensorsHeader.maximumName) bytes"
                } else if let bytes = unsafe tensor.elementType.bytes(of: tensor.shape) {
                    if unsafe bytes != tensor.bytes.count {
                        unsafe "has \(tensor.bytes.count) bytes, but \(bytes) are its shape's \(tensor.shape)"
                    } else if bytes > Self.mostBytes - total {
                        "has \(bytes) bytes, with which all tensors have more than there can be"
                    } else {
                        nil
                    }
                } else {
                    unsafe "has the shape \(tensor.shape), of which there can be no tensor"
                }
            if let problem {
                throw unsafe .malformedTensor(file: tensorsName, tensor: tensor.name, problem: problem)
            }
            total += unsafe tensor.bytes.count
        }
        let regions = unsafe BorrowedRegions(tensors.map { unsafe $0.bytes })
        let memory = FileDescriptor(path: tensorsName, borrowing: regions)
        let stored = unsafe tensors.enumerated().map { i, tensor in
            unsafe StoredTensor(
                name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, position: regions.start(of: i))
        }
        if isPolicy, let policy = try DiffusionPolicy.model(in: TrainerFile(memory, tensors: stored), ModelLookup()) {
            return policy.tensors
        }
        return StateDict(path: tensorsName, files: [memory], tensors: stored)
    }
}

extension ElementType {
    /// Bytes of the elements of a tensor; nil: there can be no such tensor.
    package func bytes(of shape: [Int]) -> Int? {
        // No memory has more bits.
        let most = 1 << 51
        var bits = bits
        for size in shape {
            let (product, overflows) = bits.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflows, product <= most else { return nil }
            bits = product
        }
        return bits % 8 == 0 ? bits / 8 : nil
    }
}
