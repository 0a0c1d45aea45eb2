package enum AtomicFile {
    /// Checks, without writing, that `path` can be made or replaced: that it is no folder and no device, and that its folder
    /// may be written to. Symbolic links are followed.
    ///
    /// - Throws: `CheckpointError.cannotWrite`.
    package static func check(_ path: String) throws(CheckpointError) { _ = try FileSystem.writable(path) }

    /// Writes `bytes` to a new file beside `path` and renames it to `path`: the file is whole at every moment, the old or the
    /// new one. A symbolic link stays; the file that it names is written. Blocks on the disk.
    ///
    /// - Throws: `CheckpointError.cannotWrite`, also where `path` is a folder or a device.
    package static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        try write([(path, bytes)])
    }

    /// Writes several files as one: they are given their names when all are whole. Blocks on the disk.
    ///
    /// - Parameter files: different paths, with their bytes.
    /// - Throws: `CheckpointError.cannotWrite`; no new file is then there.
    package static func write(_ files: [(path: String, bytes: [UInt8])]) throws(CheckpointError) {
        var pending: [PendingFile] = []
        for (path, bytes) in files {
            let file = try PendingFile(path)
            // UInt8 has no padding: all its bytes may be read.
            try unsafe file.write(bytes.span.bytes)
            try file.finish()
            pending.append(file)
        }
        for (i, file) in pending.enumerated() {
            do throws(CheckpointError) { try file.publish() } catch {
                for published in pending[..<i] { published.withdraw() }
                throw error
            }
        }
    }

    /// The bytes of a regular file of at most `limit` bytes. Blocks on the disk.
    ///
    /// - Throws: `cannotRead`, `notARegularFile`, `fileTooLarge`, `fileShrank`.
    package static func read(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        let file = try FileDescriptor(reading: path)
        if file.size > limit { throw .fileTooLarge(file: path, bytes: file.size, limit: limit) }
        return try file.bytes(file.size)
    }
}
