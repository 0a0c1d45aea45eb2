/// A model's folder, from which no file leads out: neither a name with `..`, nor an absolute name, nor a symbolic link. The
/// links of the hub's cache into a repository's blobs are followed.
///
/// Source: huggingface_hub 0.25, docs, "Manage huggingface_hub cache-system".
struct ContainedFolder: Sendable {
    /// As the caller gave it, which errors name.
    let path: String
    /// The folder without symbolic links.
    private let root: String
    private let cache: String

    /// - Parameters:
    ///   - path: an existing folder.
    ///   - root: the same folder without symbolic links, where somebody found it already.
    ///   - cache: where links into blobs may lead.
    init(_ path: String, root: String? = nil, cache: HubCache) {
        self.path = path
        self.root = root ?? FileSystem.resolved(path) ?? path
        self.cache = FileSystem.resolved(cache.path) ?? cache.path
    }

    /// Whether a path without links lies in the folder, or among the blobs of a repository: those of the snapshot that the
    /// folder is, wherever its cache lies, or any of the user's cache.
    private func contains(_ resolved: String) -> Bool {
        if resolved.hasPrefix(root == "/" ? root : root + "/") { return true }
        let parts = resolved.split(separator: "/")
        guard parts.count > 2, parts[parts.count - 2] == "blobs", parts[parts.count - 3].hasPrefix("models--") else {
            return false
        }
        let repository = "/" + parts.dropLast(2).joined(separator: "/")
        return root.hasPrefix(repository + "/snapshots/") || repository.hasPrefix(cache + "/")
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
        guard let resolved = FileSystem.resolved(given) else {
            throw .cannotRead(file: given, reason: FileSystem.lastReason())
        }
        guard contains(resolved) else {
            throw .outsideFolder(file: source ?? given, name: name, target: resolved, folder: path)
        }
        // A link that takes the place of the file, or of a folder on the way, in the meantime is not followed.
        return try FileDescriptor(reading: given, at: resolved)
    }
}
