import Checkpoint
import UNet1D

/// NumPy's file of one array. Source: numpy.lib.format.
struct NumpyArray {
    /// The numbers, row-major.
    let values: [Float]
    /// The size of each dimension.
    let shape: [Int]

    /// What files begin with.
    private static let mark: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// The array of a file's bytes: little-endian floats of 4 or 8 bytes, the last dimension contiguous.
    ///
    /// - Throws: `BenchError.signal` for anything else.
    init(_ bytes: [UInt8], file: String) throws(BenchError) {
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let lengthBytes = bytes.count > 6 && bytes[6] > 1 ? 4 : 2
        let start = 8 + lengthBytes
        guard bytes.count >= start, bytes.starts(with: Self.mark), 1...3 ~= bytes[6],
            case let end = start + Int(number(8..<start)), end <= bytes.count
        else {
            throw .signal(file: file, found: "no array of NumPy", expected: "what numpy.save writes")
        }
        let header = String(decoding: bytes[start..<end], as: UTF8.self)
        let type = Self.value("descr", header)
        guard let size = ["'<f4'": 4, "'<f8'": 8][type] else {
            throw .signal(
                file: file, found: "numbers of type \(type.quoted)", expected: "'<f4' or '<f8': save it as float32")
        }
        guard Self.value("fortran_order", header) == "False" else {
            throw .signal(
                file: file, found: "an array in Fortran's order",
                expected: "one in C's: save np.ascontiguousarray of it")
        }
        let sizes = Self.value("shape", header).filter { !"() ".contains($0) }.split(separator: ",").map {
            Int($0) ?? -1
        }
        guard sizes.count <= 3, sizes.allSatisfy({ $0 >= 0 }) else {
            throw .signal(
                file: file, found: "the shape \(Self.value("shape", header).quoted)",
                expected: "at most three sizes: batch, channels, length")
        }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            count = overflow ? -1 : product
            if count < 0 { break }
        }
        guard count >= 0, count <= bytes.count / size, end + count * size == bytes.count else {
            throw .signal(
                file: file, found: "\(bytes.count - end) bytes of numbers",
                expected: "those of the shape \(sizes): the file is cut off, or no array")
        }
        values = (0..<count).map { i in
            let bits = number(end + i * size..<end + (i + 1) * size)
            return size == 4 ? Float(bitPattern: UInt32(bits)) : Float(Double(bitPattern: bits))
        }
        shape = sizes
    }

    /// A member of the header, a dictionary of Python, as text; empty if it is not there.
    private static func value(_ key: String, _ header: String) -> String {
        guard let start = header.firstRange(of: "'\(key)':")?.upperBound else { return "" }
        var depth = 0
        let text = header[start...].prefix { character in
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            return !(depth == 0 && character == "," || character == "}")
        }
        return String(text.drop { $0 == " " })
    }

    /// The file's bytes of a tensor.
    static func bytes(_ tensor: Tensor) -> [UInt8] {
        let sizes = tensor.shape.map(String.init).joined(separator: ", ")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
        // The numbers begin at a multiple of 64 bytes.
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let length = header.utf8.count
        return mark + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
            + tensor.scalars.littleEndianBytes
    }
}
