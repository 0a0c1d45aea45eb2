import CUNet1DSystem
import Glibc

/// Why a file could not be shared.
package struct SharedFileRefusal: Error, Equatable, CustomStringConvertible {
    /// The file or folder.
    package let path: String
    /// The system's reason.
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

/// Files that belong together, in a folder of their own, which processes map.
///
/// The folder has a lock that every process that uses it holds together with the others, as long as its value lives. Whoever
/// gets it alone may remove the files: the last user does, and `removeUnused` does so for processes that were killed. Another
/// lock, of a file in it, is that of the one process that adds files.
package final class SharedGroup: Sendable {
    private let folder: SharedFolder
    private let name: String
    private let descriptor: Int32

    /// What the folders of groups begin with: others in the same place are left alone.
    private static let prefix = "unet1d-"
    private static let lockName = "lock"
    private static let attempts = 1000

    /// The folder's path.
    package var path: String { folder.path + "/" + name }

    /// Joins the users of a group, which is made where there is none. Blocks on the file system.
    ///
    /// - Parameters:
    ///   - folder: where groups are.
    ///   - name: the group's name, a part of a file's.
    /// - Throws: what the system refuses.
    package init(_ folder: SharedFolder, name: String) throws(SharedFileRefusal) {
        self.folder = folder
        self.name = Self.prefix + name
        for _ in 0..<Self.attempts {
            if mkdirat(folder.descriptor, self.name, 0o700) != 0, errno != EEXIST { break }
            let opened = Self.open(self.name, in: folder)
            // Another process has removed it.
            if opened < 0, errno == ENOENT { continue }
            if opened < 0 { break }
            if system_lock_file(opened, false, true) == 0, Self.isThere(opened, self.name, in: folder) {
                descriptor = opened
                return
            }
            close(opened)
            errno = ENOLCK
        }
        throw SharedFileRefusal(path: folder.path + "/" + self.name, reason: lastReason())
    }

    deinit { Self.remove(name, in: folder, descriptor) }

    // MARK: - Files

    /// A file that is there, mapped for reading; nil where there is none of that size of this user's. Waits for its pages.
    package func map(_ name: String, bytes: Int) -> MappedMemory? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        // A file with gaps would take room when they are read, which there may not be: that ends a process.
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_size == bytes, Int(status.st_blocks) * 512 >= bytes
        else { return nil }
        return try? MappedMemory(file: file, bytes: bytes, for: .reading)
    }

    /// A file that is yet to be filled. For the holder of the group's lock.
    ///
    /// - Parameters:
    ///   - name: that of the file once it is published.
    ///   - place: called with the first byte while no page is in memory yet: binds them to nodes.
    /// - Throws: what the system refuses, such as room for it.
    package func pending(
        _ name: String, bytes: Int, place: (UnsafeMutableRawPointer) -> Void
    ) throws(SharedFileRefusal) -> PendingSharedFile {
        try PendingSharedFile(name, in: descriptor, path: path, bytes: bytes, place: place)
    }

    // MARK: - Locks

    /// The lock of whoever adds files.
    package struct Lock {
        fileprivate let descriptor: Int32

        /// Gives the lock back.
        package func unlock() { close(descriptor) }
    }

    /// Waits until no other process adds files. A process that ends gives its lock back, however that happens.
    package func lock() throws(SharedFileRefusal) -> Lock {
        let file = openat(descriptor, Self.lockName, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SharedFileRefusal(path: path + "/" + Self.lockName, reason: lastReason()) }
        let refusal = system_lock_file(file, true, true)
        guard refusal == 0 else {
            close(file)
            throw SharedFileRefusal(path: path + "/" + Self.lockName, reason: reason(refusal))
        }
        return Lock(descriptor: file)
    }

    // MARK: - Removal

    /// Removes the groups of the folder that no process uses.
    package func removeUnused() {
        for other in SharedFolder.names(folder.descriptor) where other.hasPrefix(Self.prefix) && other != name {
            let opened = Self.open(other, in: folder)
            if opened >= 0 { Self.remove(other, in: folder, opened) }
        }
    }

    /// Removes a group if nobody else uses it, and closes its descriptor.
    private static func remove(_ name: String, in folder: SharedFolder, _ descriptor: Int32) {
        defer { close(descriptor) }
        guard system_lock_file(descriptor, true, false) == 0, isThere(descriptor, name, in: folder) else { return }
        for file in SharedFolder.names(descriptor) { unlinkat(descriptor, file, 0) }
        unlinkat(folder.descriptor, name, AT_REMOVEDIR)
    }

    private static func open(_ name: String, in folder: SharedFolder) -> Int32 {
        openat(folder.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }

    /// Whether an open group is still the one of that name.
    private static func isThere(_ descriptor: Int32, _ name: String, in folder: SharedFolder) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && fstatat(folder.descriptor, name, &named, AT_SYMLINK_NOFOLLOW) == 0
            && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino
    }
}
