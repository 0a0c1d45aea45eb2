public import CKernels
public import Checkpoint

/// Where the tensors of a model come from. Reading may come from any thread and may block.
public protocol WeightSource: Sendable {
    /// Fills `floats` with the tensor's elements, row-major. `kernels` are what converts or makes them.
    func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError)
}

/// The tensors of a checkpoint, converted from whatever type they are stored in.
public struct CheckpointWeights: WeightSource {
    let tensors: StateDict

    /// Tensors whose names and shapes were checked.
    package init(_ tensors: StateDict) { self.tensors = tensors }

    /// Bytes read at a time: what conversion needs besides the result.
    private static let chunkBytes = 1 << 20

    /// Reads and converts a tensor; blocks on the disk.
    public func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        let stored = try tensors.tensor(named: tensor)
        let element = try stored.kernelElement(file: tensors.path(of: stored))
        let eightBits = Float8.values(of: stored.elementType)
        func widen(_ bytes: UnsafeRawBufferPointer, at start: Int) {
            if let eightBits {
                for (i, byte) in bytes.enumerated() { floats[start + i] = eightBits[Int(byte)] }
                return
            }
            let width = stored.elementType.bits / 8
            var arguments = widen_arguments(
                x: bytes.baseAddress, element: Int32(element.rawValue), count: bytes.count / width,
                y: floats.baseAddress.map { $0 + start / width })
            kernels.widen(&arguments, 0, nil)
        }
        guard stored.isContiguous else {
            let bytes = try tensors.bytes(of: stored)
            return bytes.withUnsafeBytes { widen($0, at: 0) }
        }
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.chunkBytes, max(8, stored.byteCount)), alignment: 64)
        defer { raw.deallocate() }
        var start = 0
        while start < stored.byteCount {
            let chunk = UnsafeMutableRawBufferPointer(rebasing: raw[..<min(raw.count, stored.byteCount - start)])
            var span = chunk.mutableBytes
            try tensors.read(stored, from: start, into: &span)
            widen(UnsafeRawBufferPointer(chunk), at: start)
            start += chunk.count
        }
    }
}

extension StoredTensor {
    /// The kernels' name of the element type; for eight bits, which no kernel widens, any.
    fileprivate func kernelElement(file: String) throws(CheckpointError) -> kernel_element {
        switch elementType {
        case .f32: KERNEL_ELEMENT_F32
        case .f16: KERNEL_ELEMENT_F16
        case .bf16: KERNEL_ELEMENT_BF16
        case .f64: KERNEL_ELEMENT_F64
        case .f8E4M3, .f8E5M2: KERNEL_ELEMENT_F32
        default:
            throw .unsupportedElementType(
                file: file, tensor: name, found: elementType, expected: ElementType.weights)
        }
    }
}

/// Seeded random weights for a configuration without a checkpoint: the same numbers on every machine.
public struct SeededSource: WeightSource {
    let tensors: [String: ExpectedTensor]
    let seed: UInt64

    /// Weights of the expected tensors.
    public init(_ tensors: [ExpectedTensor], seed: UInt64) {
        self.tensors = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.seed = seed
    }

    /// Makes a tensor.
    public func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        guard let expected = tensors[tensor] else {
            throw .noSuchTensor(file: "seeded weights", tensor: tensor)
        }
        SeededWeights.recipe(expected, seed: seed).fill(floats, kernels: kernels)
    }
}

extension SeededTensor {
    /// Fills `floats` with the tensor's elements.
    public func fill(_ floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table) {
        guard constants.isEmpty else {
            _ = floats.update(from: constants)
            return
        }
        forEachRun { elements, scale in
            var arguments = uniform_arguments(
                hash: hash, first: elements.lowerBound, count: elements.count, scale: scale,
                offset: offset, y: floats.baseAddress.map { $0 + elements.lowerBound })
            kernels.uniform(&arguments, 0, nil)
        }
    }
}
