import CSndfile
import Glibc

/// libsndfile, which is opened when the first WAV file is: whoever needs none, needs no library.
struct SoundLibrary {
    let open: sndfile_open_function
    let close: sndfile_close_function
    let read: sndfile_read_function
    let write: sndfile_write_function
    let command: sndfile_command_function
    private let error: sndfile_error_function

    /// Its name, the version of its interface included.
    private static let name = "libsndfile.so.1"

    /// Opens the library, which then stays open. Blocks on the disk.
    ///
    /// - Parameter file: the file that is to be read or written.
    /// - Throws: `BenchError.sound` where the library is not there.
    init(for file: String) throws(BenchError) {
        guard let handle = dlopen(Self.name, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown"
            throw .sound(
                file: file, problem: "cannot be read or written without libsndfile: \(reason)",
                remedy: "install Debian's package libsndfile1, or use .safetensors, .npy or .csv")
        }
        /// A function of the library. Its type is that of the header, from which this was compiled.
        func function<Function>(_ name: String, _: Function.Type) throws(BenchError) -> Function {
            guard let address = dlsym(handle, name) else {
                throw .sound(
                    file: file, problem: "\(Self.name) has no \(name)", remedy: "install another version of it")
            }
            return unsafeBitCast(address, to: Function.self)
        }
        open = try function("sf_open_virtual", sndfile_open_function.self)
        close = try function("sf_close", sndfile_close_function.self)
        read = try function("sf_readf_float", sndfile_read_function.self)
        write = try function("sf_writef_float", sndfile_write_function.self)
        command = try function("sf_command", sndfile_command_function.self)
        error = try function("sf_strerror", sndfile_error_function.self)
    }

    /// Why the last call failed; nil: why a file could not be opened.
    func reason(_ handle: OpaquePointer?) -> String { error(handle).map { String(cString: $0) } ?? "unknown" }
}

/// A file in memory, as libsndfile reads and writes one.
final class SoundMemory {
    /// What is in it.
    private(set) var bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// The functions that libsndfile calls; their last argument is a pointer that `Unmanaged` made of a file.
    static var functions: SF_VIRTUAL_IO {
        SF_VIRTUAL_IO(
            get_filelen: { Int64(SoundMemory.at($0).bytes.count) },
            seek: { offset, whence, file in SoundMemory.at(file).seek(Int(offset), whence) },
            read: { target, count, file in SoundMemory.at(file).read(target, Int(count)) },
            write: { source, count, file in SoundMemory.at(file).write(source, Int(count)) },
            tell: { Int64(SoundMemory.at($0).position) })
    }

    private static func at(_ pointer: UnsafeMutableRawPointer?) -> SoundMemory {
        Unmanaged<SoundMemory>.fromOpaque(pointer.unsafelyUnwrapped).takeUnretainedValue()
    }

    private func seek(_ offset: Int, _ whence: Int32) -> Int64 {
        let base =
            switch whence {
            case SEEK_CUR: position
            case SEEK_END: bytes.count
            default: 0
            }
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return -1 }
        position = target
        return Int64(position)
    }

    private func read(_ target: UnsafeMutableRawPointer?, _ count: Int) -> Int64 {
        let part = bytes[min(position, bytes.count)...].prefix(max(count, 0))
        part.withUnsafeBytes { if let base = $0.baseAddress { target?.copyMemory(from: base, byteCount: $0.count) } }
        position += part.count
        return Int64(part.count)
    }

    private func write(_ source: UnsafeRawPointer?, _ count: Int) -> Int64 {
        guard let source, count > 0 else { return 0 }
        if position + count > bytes.count {
            bytes += repeatElement(0, count: position + count - bytes.count)
        }
        bytes.withUnsafeMutableBytes {
            ($0.baseAddress.unsafelyUnwrapped + position).copyMemory(from: source, byteCount: count)
        }
        position += count
        return Int64(count)
    }
}
