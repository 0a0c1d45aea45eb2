import Glibc

/// A folder in which processes of one user share files. It is theirs alone: whoever else could write there would decide what
/// they compute.
///
/// Files are in groups, each a folder of its own: see `SharedGroup`.
package final class SharedFolder: Sendable {
    /// The folder's path.
    package let path: String
    /// Open as long as this lives, so that no other folder takes its place.
    let descriptor: Int32

    /// The folder of this process's user in the memory that Linux systems have for that: /dev/shm/unet1d-UID.
    package static var standardPath: String { "/dev/shm/unet1d-\(geteuid())" }

    /// Makes the folder where there is none, for its owner alone, and opens it. Blocks on the file system.
    ///
    /// - Throws: `MemoryError.sharedFolder` for one that is another user's, or that others may write to, for what is no folder,
    ///   and where the system refuses.
    package init(_ path: String) throws(MemoryError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .sharedFolder(path: path, found: "no file name", expected: "a folder's path")
        }
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .sharedFolder(path: path, found: "\"\(lastReason())\"", expected: "that a folder can be made there")
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .sharedFolder(path: path, found: "\"\(lastReason())\"", expected: "a folder, and no link to one")
        }
        do throws(MemoryError) { try Self.check(descriptor, path) } catch {
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// The folder of a path, where there is one.
    package static func opened(_ path: String?) throws(MemoryError) -> SharedFolder? {
        guard let path else { return nil }
        return try SharedFolder(path)
    }

    deinit { close(descriptor) }

    private static func check(_ descriptor: Int32, _ path: String) throws(MemoryError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .sharedFolder(path: path, found: "\"\(lastReason())\"", expected: "a folder")
        }
        guard status.st_uid == geteuid() else {
            throw .sharedFolder(
                path: path, found: "a folder of user \(status.st_uid)", expected: "one of user \(geteuid())")
        }
        guard status.st_mode & 0o022 == 0 else {
            let mode = String(status.st_mode & 0o7777, radix: 8)
            throw .sharedFolder(
                path: path, found: "mode 0\(mode), with which others may write to it", expected: "0700")
        }
    }

    /// The names in an open folder; none if it cannot be read.
    static func names(_ descriptor: Int32) -> [String] {
        // Reading goes on where the last reader of the same open folder stopped: so it is opened anew.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { return [] }
        guard let stream = fdopendir(own) else {
            close(own)
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}

/// The text of `errno`.
func lastReason() -> String { reason(errno) }

/// The text of an error number of <errno.h>.
func reason(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
