import Foundation

/// A file without a disk and without a name, which holds one input after the other.
struct MemoryFile {
    private let descriptor: Int32

    init() {
        var name = Array("/dev/shm/unet1d-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        precondition(descriptor >= 0 && unlink(name) == 0)
    }

    /// Opens to the file anew.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Replaces what is in the file: bytes, and zeros that take no memory.
    func hold(_ bytes: [UInt8], zeros: Int = 0) {
        precondition(
            ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
                && ftruncate(descriptor, bytes.count + zeros) == 0)
    }
}

/// A folder of this process, whose files are inputs under the names of a model's files.
struct InputFolder {
    let path: String

    init(_ name: String) {
        path = FileManager.default.temporaryDirectory.path + "/unet1d-fuzz-\(name)-\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            fatalError("\(error)")
        }
    }

    /// Replaces what is in a file.
    func hold(_ bytes: [UInt8], as name: String) {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        precondition(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }
}
