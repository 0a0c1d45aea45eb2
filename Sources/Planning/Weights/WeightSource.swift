import CKernels
package import Checkpoint

/// Where the tensors of a model come from. Reading may come from any thread and may block.
package protocol WeightSource: Sendable {
    /// What decides every element of every tensor, the same for processes of this machine that have equal tensors; nil where
    /// nothing tells. May block.
    var identity: UInt64? { get }

    /// Fills `floats` with the tensor's elements, row-major. `kernels` are what converts or makes them.
    func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError)

    /// Writes the tensor's elements to `sink`, row-major, some at a time. `kernels` are what converts or makes them.
    func write(_ tensor: String, to sink: TensorSink, kernels: kernel_table) throws(CheckpointError)
}

extension WeightSource {
    /// Nothing tells.
    package var identity: UInt64? { nil }
}

/// The tensors of a checkpoint, converted from whatever type they are stored in.
package struct CheckpointWeights: WeightSource {
    let tensors: StateDict

    /// Tensors whose names and shapes were checked.
    package init(_ tensors: StateDict) { self.tensors = tensors }

    package var identity: UInt64? { tensors.identity }

    /// Bytes read at a time: what conversion needs besides the result.
    private static let chunkBytes = 1 << 20

    /// Reads a tensor, and converts it where it is of another type; blocks on the disk.
    package func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        let stored = try tensors.tensor(named: tensor)
        if stored.elementType == .f32 && stored.isContiguous {
            let memory = UnsafeMutableRawBufferPointer(floats)
            var bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<stored.byteCount]).mutableBytes
            return try tensors.read(stored, into: &bytes)
        }
        let conversion = try WeightConversion(stored, file: tensors.path(of: stored), kernels: kernels)
        try forEachChunk(of: stored) { bytes, first throws(CheckpointError) in
            conversion.widen(bytes, into: UnsafeMutableBufferPointer(rebasing: floats[first...]))
        }
    }

    /// Reads a tensor and passes it on, as it is where it has the sink's type; blocks on the disk.
    package func write(_ tensor: String, to sink: TensorSink, kernels: kernel_table) throws(CheckpointError) {
        let stored = try tensors.tensor(named: tensor)
        if stored.elementType == sink.type.elementType {
            return try forEachChunk(of: stored) { bytes, _ throws(CheckpointError) in
                try sink.write(stored: bytes.bytes)
            }
        }
        let conversion = try WeightConversion(stored, file: tensors.path(of: stored), kernels: kernels)
        try forEachChunk(of: stored) { bytes, _ throws(CheckpointError) in
            let elements = bytes.count / conversion.width
            let floats = [Float](unsafeUninitializedCapacity: elements) { buffer, count in
                conversion.widen(bytes, into: buffer)
                count = elements
            }
            try sink.write(floats.span)
        }
    }

    /// Calls `body` with the tensor's bytes, row-major, some at a time, and the first element among them. The memory is
    /// valid during the call.
    private func forEachChunk(
        of stored: StoredTensor,
        _ body: (_ bytes: UnsafeRawBufferPointer, _ first: Int) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        guard stored.isContiguous else {
            let bytes = try tensors.bytes(of: stored)
            let result: Result<Void, CheckpointError> = bytes.withUnsafeBytes { bytes in
                do throws(CheckpointError) { return .success(try body(bytes, 0)) } catch { return .failure(error) }
            }
            return try result.get()
        }
        let raw = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(Self.chunkBytes, max(8, stored.byteCount)), alignment: 64)
        defer { raw.deallocate() }
        let width = stored.elementType.bits / 8
        var start = 0
        while start < stored.byteCount {
            let chunk = UnsafeMutableRawBufferPointer(rebasing: raw[..<min(raw.count, stored.byteCount - start)])
            var span = chunk.mutableBytes
            try tensors.read(stored, from: start, into: &span)
            try body(UnsafeRawBufferPointer(chunk), start / width)
            start += chunk.count
        }
    }
}

/// How elements of a stored type become floats.
private struct WeightConversion {
    /// Bytes an element.
    let width: Int
    private let element: kernel_element
    /// The value of each byte of an eight-bit type, as no kernel widens them; else nil.
    private let eightBits: [Float]?
    private let kernels: kernel_table

    init(_ stored: StoredTensor, file: String, kernels: kernel_table) throws(CheckpointError) {
        width = stored.elementType.bits / 8
        element = try stored.kernelElement(file: file)
        eightBits = Float8.values(of: stored.elementType)
        self.kernels = kernels
    }

    /// Converts elements to floats; `floats` has room for them.
    func widen(_ bytes: UnsafeRawBufferPointer, into floats: UnsafeMutableBufferPointer<Float>) {
        if let eightBits {
            for (i, byte) in bytes.enumerated() { floats[i] = eightBits[Int(byte)] }
            return
        }
        var arguments = widen_arguments(
            x: bytes.baseAddress, element: Int32(element.rawValue), count: bytes.count / width, y: floats.baseAddress)
        kernels.widen(&arguments, 0, nil)
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
package struct SeededSource: WeightSource {
    let tensors: [String: ExpectedTensor]
    let seed: UInt64
    let initialisation: Initialisation

    /// Weights of the expected tensors.
    package init(_ tensors: [ExpectedTensor], seed: UInt64, initialisation: Initialisation = .balanced) {
        self.tensors = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.seed = seed
        self.initialisation = initialisation
    }

    /// Elements made at a time for a file.
    private static let chunk = 1 << 18

    /// Makes a tensor.
    package func read(
        _ tensor: String, into floats: UnsafeMutableBufferPointer<Float>, kernels: kernel_table
    ) throws(CheckpointError) {
        try recipe(tensor).fill(floats, kernels: kernels)
    }

    /// Makes a tensor, some elements at a time.
    package func write(_ tensor: String, to sink: TensorSink, kernels: kernel_table) throws(CheckpointError) {
        let recipe = try recipe(tensor)
        for first in stride(from: 0, to: recipe.count, by: Self.chunk) {
            let elements = min(Self.chunk, recipe.count - first)
            let floats = [Float](unsafeUninitializedCapacity: elements) { buffer, count in
                recipe.fill(UnsafeMutableBufferPointer(rebasing: buffer[..<elements]), from: first, kernels: kernels)
                count = elements
            }
            try sink.write(floats.span)
        }
    }

    private func recipe(_ tensor: String) throws(CheckpointError) -> SeededTensor {
        guard let expected = tensors[tensor] else {
            throw .noSuchTensor(file: "seeded weights", tensor: tensor)
        }
        return SeededWeights.recipe(expected, seed: seed, initialisation: initialisation)
    }
}

extension SeededTensor {
    /// Fills `floats` with the tensor's elements, those from `first` on.
    package func fill(_ floats: UnsafeMutableBufferPointer<Float>, from first: Int = 0, kernels: kernel_table) {
        guard distribution == .uniform else {
            for i in floats.indices { floats[i] = value(at: first + i) }
            return
        }
        let wanted = first..<first + floats.count
        forEachRun { run, scale in
            let elements = run.clamped(to: wanted)
            if elements.isEmpty { return }
            var arguments = uniform_arguments(
                hash: hash, first: elements.lowerBound, count: elements.count, scale: scale,
                offset: offset, y: floats.baseAddress.map { $0 + (elements.lowerBound - first) })
            kernels.uniform(&arguments, 0, nil)
        }
    }
}
