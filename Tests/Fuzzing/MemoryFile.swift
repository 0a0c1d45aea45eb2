import Glibc

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

    /// Replaces what is in the file.
    func hold(_ bytes: [UInt8]) {
        precondition(ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
    }
}
