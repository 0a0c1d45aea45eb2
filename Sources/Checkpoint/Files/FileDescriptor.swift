import Glibc

/// A regular file open for reading, or bytes in memory that stand for one. The one file of this module that calls the system
/// with pointers; each such call gets memory that outlives it, and its size.
///
/// Files are read with `pread`, not mapped: a file that shrinks gives an error, never a signal.
final class FileDescriptor: Sendable {
    let path: String
    /// Bytes, when it was opened.
    let size: Int
    private let content: Content

    private enum Content {
        case descriptor(Int32)
        case memory([UInt8])
    }

    /// Opens `path`. Blocks on the disk only: a pipe or a device is refused without waiting for it.
    convenience init(reading path: String) throws(CheckpointError) {
        try self.init(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, at: path)
    }

    /// Opens `resolved`, whose last part must be no symbolic link; errors name `path`.
    convenience init(reading path: String, at resolved: String) throws(CheckpointError) {
        try self.init(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, at: resolved)
    }

    /// Bytes in memory that are read as a file of theirs would be; errors name `path`.
    init(path: String, holding bytes: [UInt8]) {
        self.path = path
        size = bytes.count
        content = .memory(bytes)
    }

    private init(_ path: String, _ flags: Int32, at place: String) throws(CheckpointError) {
        guard !path.utf8.contains(0) else { throw .cannotRead(file: path, reason: "the name contains a zero byte") }
        let descriptor = unsafe open(place, flags)
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
        content = .descriptor(descriptor)
    }

    deinit { if case .descriptor(let descriptor) = content { _ = close(descriptor) } }

    /// Fills `bytes` with what starts at `offset`. Blocks on the disk.
    func read(into bytes: inout MutableRawSpan, at offset: Int) throws(CheckpointError) {
        switch content {
        case .descriptor(let descriptor): try read(descriptor, into: &bytes, at: offset)
        case .memory(let memory):
            guard offset >= 0, bytes.byteCount <= memory.count - offset else { throw .fileShrank(file: path) }
            for i in 0..<bytes.byteCount { bytes.storeBytes(of: memory[offset + i], toByteOffset: i, as: UInt8.self) }
        }
    }

    private func read(
        _ descriptor: Int32, into bytes: inout MutableRawSpan, at offset: Int
    ) throws(CheckpointError) {
        let count = bytes.byteCount
        var done = 0
        while done < count {
            // In range: done < count, so there is a base address, and at most count − done bytes are written from there on.
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
