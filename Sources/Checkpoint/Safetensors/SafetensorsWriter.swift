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
        let header = try header(tensors, metadata, path: path)
        var length: [UInt8] = []
        for shift in stride(from: 0, to: 64, by: 8) { length.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
        try FileSystem.writeAtomically(
            [.bytes(length + header)] + tensors.map { .floats($0.values) }, to: path)
    }

    /// JSON text, filled with spaces to a multiple of 8 bytes, so that the data is aligned.
    private static func header(
        _ tensors: [WritableTensor], _ metadata: [String: String], path: String
    ) throws(CheckpointError) -> [UInt8] {
        var entries: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
            entries.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var names: Set<String> = ["__metadata__"]
        var end = 0
        for tensor in tensors {
            guard names.insert(tensor.name).inserted else {
                throw .malformedTensor(file: path, tensor: tensor.name, problem: "the name occurs twice or is reserved")
            }
            var count = 1
            for size in tensor.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                count = overflow || size < 0 ? -1 : product
                if count < 0 { break }
            }
            guard count == tensor.values.count else {
                throw .shapeOfValues(tensor: tensor.name, shape: tensor.shape, values: tensor.values.count)
            }
            let start = end
            end += 4 * count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(json(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
        }
        var text = Array("{\(entries.joined(separator: ","))}".utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        return text
    }

    /// A JSON string.
    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
