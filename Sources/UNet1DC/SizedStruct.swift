import CUNet1D

/// Reads and writes structs that begin with their size, as older and newer headers have it.
enum SizedStruct {
    /// No header has a larger struct.
    private static let largest = 4096

    /// What the caller gave, in this library's form: fields beyond the caller's size are zero, their default.
    ///
    /// - Parameter zero: a struct of zeros.
    static func read<Struct>(_ pointer: UnsafePointer<Struct>?, _ name: String, zero: Struct) throws(Failure) -> Struct
    {
        guard let pointer else { return zero }
        let bytes = UnsafeRawPointer(pointer)
        let size = try checkedSize(bytes, name)
        let known = MemoryLayout<Struct>.size
        for offset in known..<max(known, size) where bytes.load(fromByteOffset: offset, as: UInt8.self) != 0 {
            throw Failure(
                UNET1D_INVALID_OPTIONS,
                "\(name): found a field at byte \(offset) that is not zero, expected \(known) bytes or zeros after them: "
                    + "the program was compiled with a newer header; install the library that it belongs to")
        }
        var result = zero
        withUnsafeMutableBytes(of: &result) { $0.copyMemory(from: .init(start: bytes, count: min(size, known))) }
        return result
    }

    /// Writes as many bytes of a result as the caller has room for, and leaves the size that it gave.
    static func write<Struct>(_ value: Struct, to pointer: UnsafeMutablePointer<Struct>?, _ name: String)
        throws(Failure)
    {
        guard let pointer else { throw .argument(name, found: "NULL", expected: "a struct to write to") }
        let size = try checkedSize(UnsafeRawPointer(pointer), name)
        withUnsafeBytes(of: value) { bytes in
            let sizeField = MemoryLayout<UInt32>.size
            (UnsafeMutableRawPointer(pointer) + sizeField).copyMemory(
                from: bytes.baseAddress.unsafelyUnwrapped + sizeField, byteCount: min(size, bytes.count) - sizeField)
        }
    }

    /// Refuses a struct that cannot be written to.
    static func check<Struct>(_ pointer: UnsafeMutablePointer<Struct>, _ name: String) throws(Failure) {
        _ = try checkedSize(UnsafeRawPointer(pointer), name)
    }

    private static func checkedSize(_ bytes: UnsafeRawPointer, _ name: String) throws(Failure) -> Int {
        guard UInt(bitPattern: bytes) % 8 == 0 else {
            throw .argument(name, found: "an address that is no multiple of 8", expected: "an aligned struct")
        }
        let size = Int(bytes.load(as: UInt32.self))
        guard size >= 8, size <= largest, size % 8 == 0 else {
            throw Failure(
                UNET1D_INVALID_OPTIONS,
                "\(name).size: found \(size), expected the struct's size: initialise it with its _INIT macro")
        }
        return size
    }
}
