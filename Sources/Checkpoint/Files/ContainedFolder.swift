/// A model's folder, from which no file leads out: neither a name with `..`, nor an absolute name, nor a symbolic link. The
/// links of the hub's cache from a snapshot into the blobs of the same repository are followed.
struct ContainedFolder: Sendable {
    /// As the caller gave it, which errors name.
    let path: String
    /// Folders, resolved, that files may lie in.
    private let roots: [String]

    /// - Parameter path: an existing folder.
    init(_ path: String) {
        self.path = path
        let resolved = FileSystem.resolved(path) ?? path
        roots = [resolved] + (Self.blobs(of: resolved).map { [$0] } ?? [])
    }

    /// `…/models--OWNER--NAME/blobs` for a folder in that repository's snapshots.
    /// Source: huggingface_hub 0.25, docs, "Manage huggingface_hub cache-system".
    private static func blobs(of folder: String) -> String? {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        guard let snapshots = parts.lastIndex(of: "snapshots"), snapshots > 0,
            parts[snapshots - 1].hasPrefix("models--")
        else { return nil }
        return (parts[..<snapshots] + ["blobs"]).joined(separator: "/")
    }

    /// The path of a file of that name, which errors name.
    func path(of name: String) -> String { path + "/" + name }

    /// What is at `name`; nil if there is nothing.
    func kind(of name: String) -> FileSystem.Kind? { FileSystem.kind(of: path(of: name)) }

    /// Opens the file of that name.
    ///
    /// - Parameter source: the file that names it, where it is not this program.
    /// - Throws: `outsideFolder`, and what opening throws.
    func open(_ name: String, namedBy source: String? = nil) throws(CheckpointError) -> FileDescriptor {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name.hasPrefix("/") || parts.contains("..") || name.utf8.contains(0) {
            throw .outsideFolder(file: source ?? path, name: name, target: nil, folder: path)
        }
        let given = path(of: name)
        guard let resolved = FileSystem.resolved(given) else { return try FileDescriptor(reading: given) }
        guard roots.contains(where: { resolved.hasPrefix($0 == "/" ? $0 : $0 + "/") }) else {
            throw .outsideFolder(file: source ?? given, name: name, target: resolved, folder: path)
        }
        // The resolved path holds no link: one that is put there in the meantime is not followed.
        return try FileDescriptor(reading: given, at: resolved)
    }
}
