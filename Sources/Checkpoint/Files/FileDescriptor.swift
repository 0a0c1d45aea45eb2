import Glibc

/// A regular file open for reading. The one file of this module that calls the system with pointers; each such call gets
/// memory that outlives it, and its size.
///
/// Files are read with `pread`, not mapped: a file that shrinks gives an error, never a signal.
final class FileDescriptor: Sendable {
    let path: String
    /// Bytes, when it was opened.
    let size: Int
    private let descriptor: Int32

    /// Opens `path`. Blocks on the disk only: a pipe or a device is refused without waiting for it.
    init(reading path: String) throws(CheckpointError) {
        guard !path.utf8.contains(0) else { throw .cannotRead(file: path, reason: "the name contains a zero byte") }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotRead(file: path, reason: FileSystem.lastReason()) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let reason = FileSystem.lastReason()
            _ = close(descriptor)
            throw .cannotRead(file: path, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            throw .notARegularFile(file: path)
        }
        self.path = path
        self.size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// Fills `bytes` with what starts at `offset`. Blocks on the disk.
    func read(into bytes: inout MutableRawSpan, at offset: Int) throws(CheckpointError) {
        let count = bytes.byteCount
        var done = 0
        while done < count {
            // In range: done < count, so there is a base address, and at most count − done bytes are written behind it.
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress! + done, min(count - done, 1 << 30), off_t(offset + done))
            }
            if got > 0 {
                done += got
            } else if got == 0 {
                throw .fileShrank(file: path)
            } else if errno != EINTR {
                throw .cannotRead(file: path, reason: FileSystem.lastReason())
            }
        }
    }

    /// `count` bytes from `offset`.
    func bytes(_ count: Int, at offset: Int = 0) throws(CheckpointError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        // Any byte is a UInt8.
        var raw = unsafe span.mutableBytes
        try read(into: &raw, at: offset)
        return bytes
    }

    /// `count` single-precision numbers from the bytes at `offset`, of any alignment.
    func floats(_ count: Int, at offset: Int) throws(CheckpointError) -> [Float] {
        var floats = [Float](repeating: 0, count: count)
        var span = floats.mutableSpan
        // Any four bytes are a Float.
        var raw = unsafe span.mutableBytes
        try read(into: &raw, at: offset)
        return floats
    }
}

/// Questions to the file system, and atomic writing.
enum FileSystem {
    enum Kind { case folder, regular, other }

    /// What is at `path`, symbolic links followed; nil if there is nothing.
    static func kind(of path: String) -> Kind? {
        var status = stat()
        guard !path.utf8.contains(0), unsafe stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .regular
        default: return .other
        }
    }

    /// The text of `errno`.
    static func lastReason() -> String {
        let code = errno
        var text = [CChar](repeating: 0, count: 256)
        // The POSIX form: writes at most the size that goes with the buffer.
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Writes `pieces` to a new file beside `path` and renames it to `path`: at every moment `path` is whole, old or new.
    static func writeAtomically(_ pieces: [RawPiece], to path: String) throws(CheckpointError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .cannotWrite(file: path, reason: "not a file name")
        }
        // A rename would put a plain file in place of a device such as /dev/null.
        if let kind = kind(of: path), kind != .regular {
            throw .cannotWrite(file: path, reason: kind == .folder ? "is a folder" : "is not a regular file")
        }
        let (temporary, descriptor) = try createTemporary(for: path)
        do throws(CheckpointError) {
            defer { _ = close(descriptor) }
            for piece in pieces { try write(piece, to: descriptor, path: path) }
            guard fsync(descriptor) == 0 else { throw .cannotWrite(file: path, reason: lastReason()) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        guard unsafe rename(temporary, path) == 0 else {
            let reason = lastReason()
            _ = unsafe unlink(temporary)
            throw .cannotWrite(file: path, reason: reason)
        }
    }

    /// Memory that the writer takes as it is.
    enum RawPiece {
        case bytes([UInt8])
        case floats([Float])
    }

    private static func createTemporary(for path: String) throws(CheckpointError) -> (String, Int32) {
        for attempt in 0..<1000 {
            let temporary = "\(path).\(getpid()).\(attempt).partial"
            let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (temporary, descriptor) }
            if errno != EEXIST { break }
        }
        throw .cannotWrite(file: path, reason: lastReason())
    }

    private static func write(_ piece: RawPiece, to descriptor: Int32, path: String) throws(CheckpointError) {
        switch piece {
        // UInt8 and Float have no padding: all their bytes may be read.
        case .bytes(let bytes): try unsafe write(bytes.span.bytes, to: descriptor, path: path)
        case .floats(let floats): try unsafe write(floats.span.bytes, to: descriptor, path: path)
        }
    }

    private static func write(_ bytes: RawSpan, to descriptor: Int32, path: String) throws(CheckpointError) {
        let count = bytes.byteCount
        var done = 0
        while done < count {
            // In range: done < count, so there is a base address with count − done bytes behind it.
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress! + done, min(count - done, 1 << 30))
            }
            if put > 0 {
                done += put
            } else if put == 0 || errno != EINTR {
                throw .cannotWrite(file: path, reason: put == 0 ? "nothing was written" : lastReason())
            }
        }
    }
}
