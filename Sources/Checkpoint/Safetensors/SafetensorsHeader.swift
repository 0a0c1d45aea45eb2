/// A tensor of a safetensors file.
package struct TensorDescription: Sendable, Equatable {
    package let name: String
    package let elementType: ElementType
    /// Shape, row-major; empty for a single number.
    package let shape: [Int]
    /// Its bytes, counted from the end of the header. Of no particular alignment.
    package let byteRange: Range<Int>

    package var count: Int { shape.reduce(1, *) }
    package var byteCount: Int { byteRange.count }
}

/// The header of a safetensors file, checked: tensors cover the data exactly, each with the bytes that its shape needs.
///
/// Source: the format's description and checks in safetensors 0.5, tensor.rs, `Metadata::validate`.
package struct SafetensorsHeader: Sendable {
    /// The longest header that the format allows, in bytes.
    package static let maximumBytes = 100_000_000
    /// The longest name of a tensor that is accepted, in bytes.
    package static let maximumName = 4096

    /// The tensors, in the order of their bytes.
    package let tensors: [TensorDescription]
    /// The texts of `__metadata__`.
    package let metadata: [String: String]
    private let index: [String: Int]

    package subscript(name: String) -> TensorDescription? { index[name].map { tensors[$0] } }

    /// Reads and checks a header.
    ///
    /// - Parameters:
    ///   - bytes: the header's JSON text.
    ///   - dataBytes: bytes of the file after the header.
    ///   - file: the name that errors mention.
    /// - Throws: `malformedHeader`, `malformedTensor`, `unknownElementType`.
    /// - Complexity: O(bytes + n log n) for n tensors.
    package init(_ bytes: [UInt8], dataBytes: Int, file: String) throws(CheckpointError) {
        guard bytes.first == UInt8(ascii: "{") else {
            throw .malformedHeader(file: file, problem: "it does not begin with {")
        }
        guard case .object(let members) = try Self.json(bytes, file: file) else {
            throw .malformedHeader(file: file, problem: "it is not an object")
        }
        var tensors: [String: TensorDescription] = [:]
        var metadata: [String: String]?
        for member in members {
            if member.key == "__metadata__" {
                guard metadata == nil else { throw .malformedHeader(file: file, problem: "__metadata__ occurs twice") }
                metadata = try Self.metadata(member.value, file: file)
                continue
            }
            guard member.key.utf8.count <= Self.maximumName else {
                throw .malformedTensor(
                    file: file, tensor: member.key, problem: "its name has more than \(Self.maximumName) bytes")
            }
            let tensor = try TensorEntry(member.value, name: member.key, file: file).description(dataBytes: dataBytes)
            if let other = tensors.updateValue(tensor, forKey: member.key), other != tensor {
                throw .malformedTensor(file: file, tensor: member.key, problem: "occurs twice, with different entries")
            }
        }
        let sorted = tensors.values.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
        }
        try Self.checkCover(sorted, dataBytes: dataBytes, file: file)
        self.tensors = sorted
        self.metadata = metadata ?? [:]
        var index: [String: Int] = [:]
        for (i, tensor) in sorted.enumerated() { index[tensor.name] = i }
        self.index = index
    }

    private static func json(_ bytes: [UInt8], file: String) throws(CheckpointError) -> JSONValue {
        do {
            return try JSONReader.read(bytes, file: file, limits: .safetensors)
        } catch {
            guard case .malformedJSON(_, let offset, let problem) = error else { throw error }
            throw .malformedHeader(file: file, problem: "it is not valid JSON: \(problem), at its byte \(offset)")
        }
    }

    private static func metadata(_ value: JSONValue, file: String) throws(CheckpointError) -> [String: String] {
        if value == .null { return [:] }
        guard case .object(let members) = value else {
            throw .malformedHeader(file: file, problem: "__metadata__ is \(value.summary), not an object")
        }
        var texts: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value else {
                throw .malformedHeader(
                    file: file, problem: "__metadata__ \(member.key.quoted) is \(member.value.summary), not a string")
            }
            texts[member.key] = text
        }
        return texts
    }

    /// Byte ranges must follow each other without gap or overlap from 0 to the end of the file.
    private static func checkCover(
        _ tensors: [TensorDescription], dataBytes: Int, file: String
    ) throws(CheckpointError) {
        var end = 0
        for tensor in tensors {
            if tensor.byteRange.lowerBound != end {
                let problem =
                    tensor.byteRange.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
                throw .malformedTensor(
                    file: file, tensor: tensor.name,
                    problem: "starts at byte \(tensor.byteRange.lowerBound), but must at \(end): it \(problem); "
                        + CheckpointError.again)
            }
            end = tensor.byteRange.upperBound
        }
        if end != dataBytes {
            throw .malformedHeader(
                file: file,
                problem: "the tensors take \(end) bytes, the file has \(dataBytes) for them")
        }
    }
}

/// An entry of the header while it is checked.
private struct TensorEntry {
    let file: String
    let name: String
    var type: JSONValue?
    var shape: JSONValue?
    var offsets: JSONValue?

    init(_ value: JSONValue, name: String, file: String) throws(CheckpointError) {
        self.file = file
        self.name = name
        guard case .object(let members) = value else { throw malformed("its entry is \(value.summary), not an object") }
        for member in members {
            let isRepeated: Bool
            switch member.key {
            case "dtype": (isRepeated, type) = (type != nil, member.value)
            case "shape": (isRepeated, shape) = (shape != nil, member.value)
            case "data_offsets": (isRepeated, offsets) = (offsets != nil, member.value)
            default: isRepeated = false
            }
            if isRepeated { throw malformed("its entry has \(member.key) twice") }
        }
    }

    func description(dataBytes: Int) throws(CheckpointError) -> TensorDescription {
        guard case .string(let typeName) = type else { throw malformed("dtype is \(type?.summary ?? "missing")") }
        guard let elementType = ElementType(rawValue: typeName) else {
            throw .unknownElementType(file: file, tensor: name, found: typeName.quoted)
        }
        let shape = try sizes(self.shape, "shape")
        let offsets = try sizes(self.offsets, "data_offsets")
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw malformed("data_offsets must be two increasing numbers, found \(offsets)")
        }
        guard offsets[1] <= dataBytes else {
            throw malformed("ends at byte \(offsets[1]), beyond the \(dataBytes) bytes of data")
        }
        guard let bytes = byteCount(shape, elementType) else {
            throw malformed(
                "shape \(shape) of \(elementType.name) is not a whole number of bytes that can be addressed")
        }
        guard bytes == offsets[1] - offsets[0] else {
            throw malformed(
                "shape \(shape) of \(elementType.name) needs \(bytes) bytes, data_offsets give \(offsets[1] - offsets[0])"
            )
        }
        return TensorDescription(
            name: name, elementType: elementType, shape: shape, byteRange: offsets[0]..<offsets[1])
    }

    /// A list of at most 64 integers, none negative.
    private func sizes(_ value: JSONValue?, _ field: String) throws(CheckpointError) -> [Int] {
        guard case .array(let elements) = value else { throw malformed("\(field) is \(value?.summary ?? "missing")") }
        guard elements.count <= 64 else { throw malformed("\(field) has \(elements.count) entries") }
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else {
                throw malformed("\(field) has the entry \(element.summary)")
            }
            sizes.append(size)
        }
        return sizes
    }

    /// Bytes of a tensor; nil if they are not whole or overflow on the way, whatever zero follows.
    private func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
        var bits = type.bits
        for size in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            bits = product
        }
        return bits % 8 == 0 ? bits / 8 : nil
    }

    private func malformed(_ problem: String) -> CheckpointError {
        .malformedTensor(file: file, tensor: name, problem: "\(problem); \(CheckpointError.again)")
    }
}
