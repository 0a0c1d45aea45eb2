import CKernels
package import Checkpoint

/// Where the tensors of a model come from. Reading may come from any thread and may block.
package protocol WeightSource: Sendable {
    /// Fills `floats` with the tensor's elements, row-major. `kernels` are what converts or makes them.
    func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError)
}

/// The tensors of a checkpoint, converted from whatever type they are stored in.
package struct CheckpointWeights: WeightSource {
    let file: TensorFile

    /// The tensors of a file whose names and shapes were checked.
    package init(_ file: TensorFile) { self.file = file }

    /// Bytes read at a time: what conversion needs besides the result.
    private static let chunkBytes = 1 << 20

    /// Reads and converts a tensor; blocks on the disk.
    package func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        let description = try file.tensor(named: tensor)
        let (element, width) = try description.kernelElement(file: file.path)
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.chunkBytes, max(8, description.byteCount)), alignment: 64)
        defer { raw.deallocate() }
        var start = 0
        while start < description.byteCount {
            let count = min(raw.count, description.byteCount - start)
            var span = UnsafeMutableRawBufferPointer(rebasing: raw[..<count]).mutableBytes
            try file.read(description, from: start, into: &span)
            var arguments = widen_arguments(
                x: UnsafeRawPointer(raw.baseAddress), element: Int32(element.rawValue), count: count / width,
                y: floats.baseAddress.map { $0 + start / width })
            kernels.widen(&arguments, 0, nil)
            start += count
        }
    }
}

extension TensorDescription {
    /// The kernels' name of the element type, and its bytes.
    fileprivate func kernelElement(file: String) throws(CheckpointError) -> (kernel_element, Int) {
        switch elementType {
        case .f32: (KERNEL_ELEMENT_F32, 4)
        case .f16: (KERNEL_ELEMENT_F16, 2)
        case .bf16: (KERNEL_ELEMENT_BF16, 2)
        case .f64: (KERNEL_ELEMENT_F64, 8)
        default:
            throw .unsupportedElementType(
                file: file, tensor: name, found: elementType, expected: ElementType.weights)
        }
    }
}

/// Seeded random weights for a configuration without a checkpoint: the same numbers on every machine.
package struct SeededSource: WeightSource {
    let tensors: [String: ExpectedTensor]
    let seed: UInt64

    package init(_ tensors: [ExpectedTensor], seed: UInt64) {
        self.tensors = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.seed = seed
    }

    package func read(
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
    package func fill(_ floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table) {
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
