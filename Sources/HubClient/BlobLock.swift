import Checkpoint
import Glibc

/// The right to download a blob, which one process has at a time: a lock that huggingface_hub takes, too.
///
/// Source: huggingface_hub 0.25, utils/_fixes.py, `WeakFileLock`; filelock, `UnixFileLock`.
struct BlobLock: ~Copyable {
    private let descriptor: Int32

    deinit { _ = close(descriptor) }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Waits for the lock; `report` is called once if another process has it.
    ///
    /// - Throws: `write`, `diskFull`; `network` where the task is cancelled.
    static func acquire(_ path: String, waiting report: () -> Void) async throws(HubError) -> BlobLock {
        var hasReported = false
        while true {
            let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw IncompleteBlob.failure(path) }
            let lock = BlobLock(descriptor: descriptor)
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                // Newer versions of filelock remove the file before they let it go: then nobody else sees this lock.
                if lock.isLock(at: path) { return lock }
                continue
            }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw IncompleteBlob.failure(path) }
            if !hasReported { report() }
            hasReported = true
            do { try await Task.sleep(for: .milliseconds(100)) } catch { throw HubError.cancelled }
        }
    }

    private func isLock(at path: String) -> Bool {
        var own = stat()
        var named = stat()
        return unsafe fstat(descriptor, &own) == 0 && stat(path, &named) == 0
            && own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }
}
