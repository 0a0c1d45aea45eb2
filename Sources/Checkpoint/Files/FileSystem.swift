import Glibc

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

    /// `path` without symbolic links; nil if there is nothing.
    static func resolved(_ path: String) -> String? {
        guard !path.utf8.contains(0) else { return nil }
        // With no buffer realpath returns memory of its own, which is ours to free.
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The most names of a folder that are looked at.
    private static let maximumNames = 100_000

    /// The names in a folder, sorted; none if it cannot be read.
    static func names(in folder: String) -> [String] {
        guard !folder.utf8.contains(0), let stream = unsafe opendir(folder) else { return [] }
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while names.count < maximumNames, let entry = unsafe readdir(stream) {
            // The system ends the name with a zero byte.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The text of `errno`.
    static func lastReason() -> String {
        let code = errno
        var text = [CChar](repeating: 0, count: 256)
        // The POSIX form: writes at most the size that goes with the buffer.
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The file that a write to `path` makes or replaces: `path`, its symbolic links followed.
    static func writable(_ path: String) throws(CheckpointError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .cannotWrite(file: path, reason: "not a file name")
        }
        // A rename would put a plain file in place of a device such as /dev/null.
        if let kind = kind(of: path), kind != .regular {
            throw .cannotWrite(file: path, reason: kind == .folder ? "is a folder" : "is not a regular file")
        }
        let target = try followed(path)
        guard unsafe access(folder(of: target), W_OK | X_OK) == 0 else {
            throw .cannotWrite(file: path, reason: lastReason())
        }
        return target
    }

    /// `path` with its symbolic links followed, also to a file that is yet to be made.
    private static func followed(_ path: String) throws(CheckpointError) -> String {
        var target = path
        // As many links as Linux follows (path_resolution(7)).
        for _ in 0..<40 {
            if let real = resolved(target) { return real }
            var link = [CChar](repeating: 0, count: Int(PATH_MAX))
            // Writes at most the size that goes with the buffer, and returns how many bytes it wrote.
            let count = unsafe readlink(target, &link, link.count)
            if count < 0 { return target }
            let name = String(decoding: link.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
            target = name.hasPrefix("/") ? name : folder(of: target) + "/" + name
        }
        throw .cannotWrite(file: path, reason: "too many symbolic links")
    }

    /// The folder that `path` is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Writes `pieces` to a new file beside `path` and renames it to `path`: at every moment `path` is whole, old or new.
    /// Where `path` is a symbolic link, all this happens to the file that it names.
    static func writeAtomically(_ pieces: [RawPiece], to path: String) throws(CheckpointError) {
        let target = try writable(path)
        let (temporary, descriptor) = try createTemporary(for: target, path: path)
        do throws(CheckpointError) {
            defer { _ = close(descriptor) }
            for piece in pieces { try write(piece, to: descriptor, path: path) }
            guard fsync(descriptor) == 0 else { throw .cannotWrite(file: path, reason: lastReason()) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        guard unsafe rename(temporary, target) == 0 else {
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

    private static func createTemporary(
        for target: String, path: String
    ) throws(CheckpointError) -> (String, Int32) {
        for attempt in 0..<1000 {
            let temporary = "\(target).\(getpid()).\(attempt).partial"
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
            // In range: done < count, so there is a base address with count − done bytes from there on.
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
