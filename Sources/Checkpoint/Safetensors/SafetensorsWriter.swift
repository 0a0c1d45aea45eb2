/// A single-precision tensor to be written.
package struct WritableTensor: Sendable {
    package let name: String
    /// Its shape; empty for a single number.
    package let shape: [Int]
    /// Its numbers, row-major.
    package let values: [Float]

    /// A tensor of that name, shape and numbers.
    package init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

package enum SafetensorsWriter {
    /// Writes `tensors` as F32 to a new file beside `path` and renames it to `path`, so that nothing half-written is ever
    /// seen. Allocates the header only; blocks on the disk. Numbers are stored little-endian, as the machine has them.
    ///
    /// - Parameters:
    ///   - tensors: distinct names; the values must fill the shapes.
    ///   - path: the file; an existing one is replaced, anything else there is an error.
    ///   - metadata: texts for `__metadata__`.
    /// - Throws: `shapeOfValues`, `malformedTensor` for a repeated name, `cannotWrite`.
    package static func write(
        _ tensors: [WritableTensor], to path: String, metadata: [String: String] = [:]
    ) throws(CheckpointError) {
        for tensor in tensors where Self.count(tensor.shape) != tensor.values.count {
            throw .shapeOfValues(tensor: tensor.name, shape: tensor.shape, values: tensor.values.count)
        }
        let header = try header(tensors.map { ($0.name, $0.shape) }, type: .f32, metadata: metadata, path: path)
        let file = try PendingFile(path)
        // UInt8 and Float have no padding: all their bytes may be read.
        try unsafe file.write(header.span.bytes)
        for tensor in tensors { try unsafe file.write(tensor.values.span.bytes) }
        try file.finish()
        try file.publish()
    }

    /// The bytes of a file with one F32 tensor.
    ///
    /// - Parameter path: the name that errors mention.
    /// - Throws: `shapeOfValues`, `malformedTensor`.
    package static func bytes(_ tensor: WritableTensor, path: String) throws(CheckpointError) -> [UInt8] {
        guard count(tensor.shape) == tensor.values.count else {
            throw .shapeOfValues(tensor: tensor.name, shape: tensor.shape, values: tensor.values.count)
        }
        let header = try header([(tensor.name, tensor.shape)], type: .f32, metadata: [:], path: path)
        return header + tensor.values.littleEndianBytes
    }

    /// What precedes the tensors: the length of the JSON text, and the text, filled with spaces to a multiple of 8 bytes so
    /// that the data is aligned.
    ///
    /// - Parameters:
    ///   - tensors: names and shapes, in the order of their bytes.
    ///   - type: the type of all elements, of whole bytes.
    /// - Throws: `malformedTensor` for a repeated or reserved name, or for a size that overflows.
    static func header(
        _ tensors: [(name: String, shape: [Int])], type: ElementType, metadata: [String: String], path: String
    ) throws(CheckpointError) -> [UInt8] {
        var entries: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\($0.key.json):\($0.value.json)" }
            entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var names: Set<String> = ["__metadata__"]
        var end = 0
        for (name, shape) in tensors {
            guard names.insert(name).inserted else {
                throw .malformedTensor(file: path, tensor: name, problem: "the name occurs twice or is reserved")
            }
            guard let count = count(shape) else {
                throw .malformedTensor(file: path, tensor: name, problem: "shape \(shape) has no size")
            }
            let start = end
            end += type.bits / 8 * count
            let sizes = shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(name.json):{\"dtype\":\"\(type.name)\",\"shape\":[\(sizes)],\"data_offsets\":[\(start),\(end)]}")
        }
        var text = Array("{\(entries.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    }

    /// Elements of a shape; nil where there is no such number.
    private static func count(_ shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow || size < 0 { return nil }
            count = product
        }
        return count
    }
}

extension [Float] {
    /// The numbers' bytes, the lowest of each first.
    package var littleEndianBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * count)
        for number in self {
            let bits = number.bitPattern
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return bytes
    }
}
