import Glibc

/// A file that takes the place of `path` when it is whole. Until then it lies beside it under another name, and it is
/// removed where it never takes the place.
package final class PendingFile {
    /// The path as it was given, which errors name.
    package let path: String
    private let target: String
    private let temporary: String
    /// Open until the file is finished; −1 from then on.
    private var descriptor: Int32
    private var isPublished = false

    /// Makes an empty file beside `path`.
    ///
    /// - Parameter replacesLink: whether a symbolic link at `path` is replaced; else the file that it names is.
    /// - Throws: `cannotWrite`, also where `path` is a folder or a device.
    package init(_ path: String, replacesLink: Bool = false) throws(CheckpointError) {
        self.path = path
        target = try FileSystem.writable(path, followsLink: !replacesLink)
        (temporary, descriptor) = try Self.create(beside: target, path: path)
    }

    private static func create(beside target: String, path: String) throws(CheckpointError) -> (String, Int32) {
        for attempt in 0..<1000 {
            let temporary = "\(target).\(getpid()).\(attempt).partial"
            let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (temporary, descriptor) }
            if errno != EEXIST { break }
        }
        throw .cannotWrite(file: path, reason: FileSystem.lastReason())
    }

    deinit {
        if descriptor >= 0 { _ = close(descriptor) }
        if !isPublished { _ = unsafe unlink(temporary) }
    }

    /// Appends bytes. Blocks on the disk.
    ///
    /// - Throws: `cannotWrite`.
    package func write(_ bytes: RawSpan) throws(CheckpointError) {
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
                throw .cannotWrite(file: path, reason: put == 0 ? "nothing was written" : FileSystem.lastReason())
            }
        }
    }

    /// Waits until the disk has the file, and closes it.
    ///
    /// - Throws: `cannotWrite`.
    package func finish() throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw .cannotWrite(file: path, reason: FileSystem.lastReason()) }
        _ = close(descriptor)
        descriptor = -1
    }

    /// Gives the finished file its name; what had it is gone.
    ///
    /// - Throws: `cannotWrite`.
    package func publish() throws(CheckpointError) {
        precondition(descriptor < 0, "the file is not finished")
        guard unsafe rename(temporary, target) == 0 else {
            throw .cannotWrite(file: path, reason: FileSystem.lastReason())
        }
        isPublished = true
    }

    /// Takes the name from the file again, which is then removed with the value; nothing has the name.
    func withdraw() {
        if unsafe rename(target, temporary) == 0 { isPublished = false }
    }
}
