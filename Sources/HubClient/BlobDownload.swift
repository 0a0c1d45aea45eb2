import Checkpoint

/// A file of a commit on its way into the cache.
struct BlobDownload: Sendable {
    let transport: HubTransport
    let request: HubRequest
    let commit: String
    let repository: CachedRepository
    let meter: FetchMeter

    /// Downloads a file unless its blob is there, checks it, and makes the snapshot's link to it.
    ///
    /// - Throws: any `HubError`.
    func run(_ file: FileMetadata) async throws(HubError) {
        let blob = repository.blob(file.hash)
        if FileSystem.kind(of: blob) == nil {
            let lock = try await BlobLock.acquire(repository.lock(file.hash)) { meter.say(.waiting(file: file.path)) }
            // Whoever had the lock may have downloaded it.
            if FileSystem.kind(of: blob) == nil { try await download(file, to: blob) }
            _ = consume lock
        }
        try repository.link(file.path, at: commit, to: file.hash)
    }

    private func download(_ file: FileMetadata, to path: String) async throws(HubError) {
        let blob = try IncompleteBlob(repository.incomplete(file.hash))
        var start = try blob.size()
        // More than the file's bytes are not its beginning.
        if start > file.size { start = 0 }
        while true {
            try blob.truncate(to: start)
            let writer = PrefixWriter(blob, position: start, meter: meter, file: file.path)
            let download = RangedDownload(
                transport: transport, request: request, commit: commit, file: file, writer: writer)
            try await download.run()
            meter.say(.checking(file: file.path))
            let found = try blob.hash(like: file.hash, size: file.size)
            if found == file.hash { return try blob.publish(as: path) }
            // What had arrived earlier may have been something else.
            guard start > 0 else {
                blob.remove()
                throw .hash(
                    file: file.path, host: transport.settings.endpoint.origin.name, found: found, expected: file.hash)
            }
            meter.expect(file.size)
            start = 0
        }
    }
}
