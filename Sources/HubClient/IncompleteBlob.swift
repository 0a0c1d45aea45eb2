import Checkpoint
import Crypto
import Glibc
import NIOCore

/// The beginning of a blob, in a file that gets the blob's name when it is whole.
final class IncompleteBlob: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Opens what has arrived earlier, or an empty file.
    ///
    /// - Throws: `diskFull`, `write`.
    init(_ path: String) throws(HubError) {
        self.path = path
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { _ = close(descriptor) }

    /// Bytes that have arrived.
    func size() throws(HubError) -> Int {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw Self.failure(path) }
        return Int(size)
    }

    /// Cuts the file.
    func truncate(to size: Int) throws(HubError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw Self.failure(path) }
    }

    /// Writes all readable bytes at `offset`.
    ///
    /// - Throws: `diskFull`, `write`.
    func write(_ buffer: ByteBuffer, at offset: Int) throws(HubError) {
        var done = 0
        while done < buffer.readableBytes {
            // In range: done < count, so there is a base address with count − done bytes from there on.
            let put = unsafe buffer.withUnsafeReadableBytes { bytes in
                unsafe pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            if put > 0 {
                done += put
            } else if put == 0 || errno != EINTR {
                throw Self.failure(path)
            }
        }
    }

    /// The hash of the first `size` bytes, of the kind that `expected` is. Blocks on the disk.
    ///
    /// - Throws: `file`, where the bytes cannot be read.
    func hash(like expected: String, size: Int) throws(HubError) -> String {
        if expected.utf8.count == 64 { return try digest(SHA256(), size: size) }
        // Git hashes a blob behind a header.
        var hash = Insecure.SHA1()
        hash.update(data: Array("blob \(size)\0".utf8))
        return try digest(hash, size: size)
    }

    private func digest<Hash: HashFunction>(_ function: Hash, size: Int) throws(HubError) -> String {
        var function = function
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var done = 0
        while done < size {
            let count = min(buffer.count, size - done)
            // Writes at most `count` bytes, which the buffer has.
            let got = unsafe pread(descriptor, &buffer, count, off_t(done))
            guard got > 0 else {
                if got < 0, errno == EINTR { continue }
                let reason = FileSystem.lastReason()
                throw .file(got == 0 ? .fileShrank(file: path) : .cannotRead(file: path, reason: reason))
            }
            function.update(data: buffer[..<got])
            done += got
        }
        return function.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Gives the file its name when the disk has it.
    ///
    /// - Throws: `diskFull`, `write`.
    func publish(as blob: String) throws(HubError) {
        guard fsync(descriptor) == 0, unsafe rename(path, blob) == 0 else { throw Self.failure(path) }
    }

    /// Removes the file.
    func remove() { _ = unsafe unlink(path) }

    /// What the system's last error stands for.
    static func failure(_ path: String) -> HubError {
        [ENOSPC, EDQUOT].contains(errno)
            ? .diskFull(folder: FileSystem.folder(of: path), needed: nil, available: nil)
            : .write(file: path, reason: FileSystem.lastReason())
    }
}
