import Glibc

/// Questions to the file system, and folders.
package enum FileSystem {
    package enum Kind { case folder, regular, link, other }

    /// What is at `path`; nil if there is nothing.
    ///
    /// - Parameter followsLink: whether a symbolic link counts as what it names.
    package static func kind(of path: String, followsLink: Bool = true) -> Kind? {
        var status = stat()
        guard !path.utf8.contains(0),
            unsafe fstatat(AT_FDCWD, path, &status, followsLink ? 0 : AT_SYMLINK_NOFOLLOW) == 0
        else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .regular
        case S_IFLNK: return .link
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

    /// The file that a write to `path` makes or replaces: `path`, its symbolic links followed unless they are replaced.
    static func writable(_ path: String, followsLink: Bool = true) throws(CheckpointError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .cannotWrite(file: path, reason: "not a file name")
        }
        // A rename would put a plain file in place of a device such as /dev/null.
        if let kind = kind(of: path), kind != .regular {
            throw .cannotWrite(file: path, reason: kind == .folder ? "is a folder" : "is not a regular file")
        }
        let target = followsLink ? try followed(path) : path
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

    // MARK: - Folders

    /// Makes a folder, and those that it is in, where they are missing.
    ///
    /// - Returns: the folders that were made, the outermost first.
    /// - Throws: `notAFolder`, `cannotWrite`.
    static func makeFolders(_ path: String) throws(CheckpointError) -> [String] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .cannotWrite(file: path, reason: "not a folder's name")
        }
        var missing: [String] = []
        var folder = path
        while kind(of: folder) == nil, folder != "/", folder != "." {
            missing.append(folder)
            folder = Self.folder(of: folder)
        }
        guard kind(of: folder) == .folder else { throw .notAFolder(path: folder) }
        var made: [String] = []
        for folder in missing.reversed() {
            if unsafe mkdir(folder, 0o777) == 0 {
                made.append(folder)
            } else if errno != EEXIST {
                let reason = lastReason()
                removeFolders(made)
                throw .cannotWrite(file: path, reason: reason)
            }
        }
        return made
    }

    /// Removes folders, the innermost of which is the last, as far as they are empty.
    static func removeFolders(_ paths: [String]) {
        for path in paths.reversed() { _ = unsafe rmdir(path) }
    }

    /// Waits until the disk has the names in a folder, where its file system can tell.
    ///
    /// - Throws: `cannotWrite`.
    static func synchronize(_ folder: String) throws(CheckpointError) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotWrite(file: folder, reason: lastReason()) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw .cannotWrite(file: folder, reason: lastReason())
        }
    }

    /// Removes a file, or a symbolic link, where there is one.
    ///
    /// - Throws: `cannotWrite`.
    static func remove(_ path: String) throws(CheckpointError) {
        if unsafe unlink(path) != 0, errno != ENOENT { throw .cannotWrite(file: path, reason: lastReason()) }
    }
}
