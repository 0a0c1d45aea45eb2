import CUNet1DSystem
import Glibc

/// A file that is being filled, and that other processes find when it is whole. Until then it has another name; it is removed
/// where it is never published.
package final class PendingSharedFile {
    private let folder: Int32
    private let path: String
    private let name: String
    private let file: Int32
    private let memory: MappedMemory
    private var isPublished = false

    /// The file's bytes, zeros at first. There is room for all of them.
    package var base: UnsafeMutableRawPointer { memory.base }

    private var temporaryName: String { name + Self.suffix }
    private static let suffix = ".partial"

    /// - Parameters:
    ///   - folder: an open folder, whose path is `path`, in which nobody else makes files meanwhile.
    ///   - bytes: the file's bytes, 1 or more.
    ///   - place: called with the first byte while no page is in memory yet.
    init(
        _ name: String, in folder: Int32, path: String, bytes: Int, place: (UnsafeMutableRawPointer) -> Void
    ) throws(SharedFileRefusal) {
        let temporary = name + Self.suffix
        let refused = { (number: Int32) in
            SharedFileRefusal(path: path + "/" + name, reason: Memory.reason(number))
        }
        // What a process left that ended meanwhile.
        unlinkat(folder, temporary, 0)
        let file = openat(folder, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw refused(errno) }
        do throws(SharedFileRefusal) {
            guard ftruncate(file, bytes) == 0 else { throw refused(errno) }
            let mapped: MappedMemory
            do throws(MemoryError) { mapped = try MappedMemory(file: file, bytes: bytes, for: .writing) } catch {
                throw SharedFileRefusal(path: path + "/" + name, reason: "\(error)")
            }
            // Pages come with the reservation, where they were asked for.
            place(mapped.base)
            let refusal = system_reserve(file, bytes)
            guard refusal == 0 else { throw refused(refusal) }
            memory = mapped
        } catch {
            close(file)
            unlinkat(folder, temporary, 0)
            throw error
        }
        (self.folder, self.path, self.name, self.file) = (folder, path, name, file)
    }

    deinit {
        close(file)
        if !isPublished { unlinkat(folder, temporaryName, 0) }
    }

    /// Gives the filled file its name; what had it has none.
    package func publish() throws(SharedFileRefusal) {
        guard fchmod(file, 0o400) == 0, renameat(folder, temporaryName, folder, name) == 0 else {
            throw SharedFileRefusal(path: path + "/" + name, reason: lastReason())
        }
        isPublished = true
    }
}
