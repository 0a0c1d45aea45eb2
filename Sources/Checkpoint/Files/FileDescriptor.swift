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
        /// An open file, and what it was when it was opened.
        case descriptor(Int32, State)
        case memory([UInt8])
        /// Memory of a caller's.
        case borrowed(BorrowedRegions)
    }

    /// What tells that a file was written to. The time of the last change of its status is none of it: that changes, too,
    /// where a file is renamed or gives its name to another, which leaves its bytes as they were.
    private struct State: Equatable {
        var size: Int
        var seconds: Int
        var nanoseconds: Int

        /// nil where the system refuses to tell; `errno` says why.
        init?(_ descriptor: Int32, kind: inout mode_t) {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { return nil }
            kind = status.st_mode & S_IFMT
            (size, seconds, nanoseconds) = (Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    /// A folder on the way to a file, which may be one that can be passed but not read; no link. O_PATH, which Glibc does not
    /// export to Swift, has this value on x86-64 and arm64 (asm-generic/fcntl.h).
    private static let passing = 0o10_000_000 | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    private static let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK

    /// Opens `path`. Blocks on the disk only: a pipe or a device is refused without waiting for it.
    convenience init(reading path: String) throws(CheckpointError) {
        guard !path.utf8.contains(0) else { throw .cannotRead(file: path, reason: "the name contains a zero byte") }
        try self.init(path, unsafe open(path, Self.flags))
    }

    /// Opens `resolved`, an absolute path of which no part is a symbolic link; errors name `path`.
    ///
    /// Each folder is opened in the one before, so that no link that takes the place of one in the meantime is followed.
    convenience init(reading path: String, at resolved: String) throws(CheckpointError) {
        var parts = resolved.split(separator: "/")
        guard let name = parts.popLast(), resolved.hasPrefix("/"), !resolved.utf8.contains(0) else {
            throw .cannotRead(file: path, reason: "is no file's name")
        }
        var folder = unsafe open("/", Self.passing)
        for part in parts where folder >= 0 {
            let next = unsafe openat(folder, String(part), Self.passing)
            let code = errno
            _ = close(folder)
            (folder, errno) = (next, code)
        }
        defer { if folder >= 0 { _ = close(folder) } }
        let file = folder < 0 ? -1 : unsafe openat(folder, String(name), Self.flags | O_NOFOLLOW)
        if file < 0, errno == ELOOP || errno == ENOTDIR {
            throw .cannotRead(
                file: path,
                reason: "a symbolic link is on the way to it, which is not followed; put what it names there")
        }
        try self.init(path, file)
    }

    /// Bytes in memory that are read as a file of theirs would be; errors name `path`.
    init(path: String, holding bytes: [UInt8]) {
        self.path = path
        size = bytes.count
        content = .memory(bytes)
    }

    /// Memory of a caller's that is read as a file of its regions, one after another, would be; errors name `path`.
    init(path: String, borrowing regions: BorrowedRegions) {
        self.path = path
        size = regions.count
        content = .borrowed(regions)
    }

    /// - Parameter descriptor: negative where opening failed; `errno` says why.
    private init(_ path: String, _ descriptor: Int32) throws(CheckpointError) {
        guard descriptor >= 0 else { throw .cannotRead(file: path, reason: FileSystem.lastReason()) }
        var kind: mode_t = 0
        guard let state = State(descriptor, kind: &kind) else {
            let reason = FileSystem.lastReason()
            _ = close(descriptor)
            throw .cannotRead(file: path, reason: reason)
        }
        guard kind == S_IFREG else {
            _ = close(descriptor)
            throw .notARegularFile(file: path)
        }
        self.path = path
        size = state.size
        content = .descriptor(descriptor, state)
    }

    /// What tells these bytes from all others on this machine: of a file its number, its size and its times. Nil where nothing
    /// tells: for a caller's memory, and for a file that was written to since it was opened. Asks the system.
    ///
    /// The time of the last change of the status is part of it, as a program may set the other one to what it was.
    var identity: String? {
        switch content {
        case .descriptor(let descriptor, let state):
            var status = stat()
            var kind: mode_t = 0
            guard unsafe fstat(descriptor, &status) == 0, State(descriptor, kind: &kind) == state else { return nil }
            return """
                \(status.st_dev) \(status.st_ino) \(size) \(state.seconds) \(state.nanoseconds) \
                \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)
                """
        case .memory(let bytes):
            var hash = FNV1a()
            for byte in bytes { hash.add(byte) }
            return "\(bytes.count) bytes \(hash.digits)"
        case .borrowed: return nil
        }
    }

    deinit { if case .descriptor(let descriptor, _) = content { _ = close(descriptor) } }

    /// Fills `bytes` with what starts at `offset`. Blocks on the disk.
    ///
    /// - Throws: `cannotRead`; `fileShrank` and `fileChanged` where the file was written to since it was opened. File systems
    ///   count time in ticks, of up to 10 ms on ext4: two writes within one cannot be told apart.
    func read(into bytes: inout MutableRawSpan, at offset: Int) throws(CheckpointError) {
        switch content {
        case .descriptor(let descriptor, let state):
            try read(descriptor, into: &bytes, at: offset)
            var kind: mode_t = 0
            guard let now = State(descriptor, kind: &kind) else {
                throw .cannotRead(file: path, reason: FileSystem.lastReason())
            }
            if now != state { throw .fileChanged(file: path) }
        case .memory(let memory):
            guard offset >= 0, bytes.byteCount <= memory.count - offset else { throw .fileShrank(file: path) }
            for i in 0..<bytes.byteCount { bytes.storeBytes(of: memory[offset + i], toByteOffset: i, as: UInt8.self) }
        case .borrowed(let regions):
            guard regions.copy(from: offset, into: &bytes) else { throw .fileShrank(file: path) }
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
