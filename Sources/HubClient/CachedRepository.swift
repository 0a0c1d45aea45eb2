import Checkpoint
import Glibc

/// A repository's folder in the hub's cache, as fetching fills it: blobs named by their hashes, snapshots of links to them,
/// and references, which name commits.
///
/// Source: huggingface_hub 0.25, file_download.py, `_hf_hub_download_to_cache_dir`.
struct CachedRepository: Sendable {
    private let folder: String
    private let locks: String

    init(_ name: String, cache: HubCache) {
        folder = cache.repository(name).path
        locks = cache.path + "/.locks/" + folder.split(separator: "/").last!
    }

    /// The blob of a hash.
    func blob(_ hash: String) -> String { "\(folder)/blobs/\(hash)" }

    /// What has arrived of a blob.
    func incomplete(_ hash: String) -> String { blob(hash) + ".incomplete" }

    /// The lock of a blob.
    func lock(_ hash: String) -> String { "\(locks)/\(hash).lock" }

    /// The folder of a commit's files.
    func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

    /// Whether a commit's file is there.
    func has(_ file: String, at commit: String) -> Bool {
        FileSystem.kind(of: snapshot(commit) + "/" + file) == .regular
    }

    /// Bytes of a file that have not arrived.
    func missingBytes(of file: FileMetadata) -> Int {
        if FileSystem.kind(of: blob(file.hash)) != nil { return 0 }
        var status = stat()
        let arrived = unsafe stat(incomplete(file.hash), &status) == 0 ? Int(status.st_size) : 0
        return arrived > file.size ? file.size : file.size - arrived
    }

    /// Makes the folders of blobs and locks.
    func prepare() throws(HubError) {
        for folder in [folder + "/blobs", locks] { try Self.make(folder) }
    }

    /// Refuses what the disk has no room for, in bytes.
    ///
    /// - Throws: `diskFull`.
    func checkRoom(for bytes: Int) throws(HubError) {
        var status = statvfs()
        guard unsafe statvfs(folder + "/blobs", &status) == 0 else { return }
        let (room, overflows) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        if !overflows, bytes > room { throw .diskFull(folder: folder, needed: bytes, available: room) }
    }

    /// Makes a file of a commit a link to a blob.
    func link(_ file: String, at commit: String, to hash: String) throws(HubError) {
        let path = snapshot(commit) + "/" + file
        try Self.make(FileSystem.folder(of: path))
        let ups = String(repeating: "../", count: file.split(separator: "/").count + 1)
        let temporary = "\(path).\(getpid()).partial"
        _ = unsafe unlink(temporary)
        guard unsafe symlink("\(ups)blobs/\(hash)", temporary) == 0, unsafe rename(temporary, path) == 0 else {
            let failure = IncompleteBlob.failure(path)
            _ = unsafe unlink(temporary)
            throw failure
        }
    }

    /// Notes which commit a branch or tag is. A commit needs no note.
    func setReference(_ revision: String, to commit: String) throws(HubError) {
        if revision == commit { return }
        let path = "\(folder)/refs/\(revision)"
        if let text = try? AtomicFile.read(path, limit: 256), text == Array(commit.utf8) { return }
        try Self.make(FileSystem.folder(of: path))
        try files { () throws(CheckpointError) in try AtomicFile.write(Array(commit.utf8), to: path) }
    }

    private static func make(_ folder: String) throws(HubError) {
        _ = try files { () throws(CheckpointError) in try FileSystem.makeFolders(folder) }
    }
}
