/// The Hugging Face hub's cache on this machine: folders `models--OWNER--NAME` with `refs`, `snapshots` and `blobs`.
///
/// Source: huggingface_hub 0.25, file_download.py, `repo_folder_name`.
package struct HubCache: Sendable {
    /// The folder that holds the repositories' folders.
    package let path: String

    /// The cache that the environment names.
    package init(_ environment: HubEnvironment = HubEnvironment()) { path = environment.cache }

    /// Whether a text can be the name of a repository: OWNER/NAME or NAME, of letters, digits, dots, dashes and underscores.
    package static func isRepositoryName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.count <= 96 && part != "." && part != ".." && !part.contains("--")
                    && part.utf8.allSatisfy {
                        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                            || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "._-".utf8.contains($0)
                    }
            }
    }

    /// The folder of a repository, whether it is there or not.
    package func repository(_ name: String) -> HubRepository {
        HubRepository(path: path + "/models--" + name.replacing("/", with: "--"))
    }
}

/// A repository's folder in the hub's cache.
package struct HubRepository: Sendable {
    /// The folder `models--OWNER--NAME`.
    package let path: String

    /// The revision that is taken where none is named.
    package static let defaultRevision = "main"

    /// Whether a folder is one of a repository: it has snapshots, and a name as the cache gives it.
    static func isRepository(_ path: String) -> Bool {
        path.split(separator: "/").last?.hasPrefix("models--") == true
            && FileSystem.kind(of: path + "/snapshots") == .folder
    }

    /// Whether anything of the repository is in the cache.
    package var exists: Bool { FileSystem.kind(of: path) == .folder }

    /// The folder of a revision's files: a branch, a tag, or a commit's hash. No symbolic link within the repository's folder is
    /// followed: the hub's library makes none but those from a snapshot's files to blobs.
    ///
    /// - Throws: `noRevision`, `cannotRead`, `fileTooLarge`.
    package func snapshot(_ revision: String?) throws(CheckpointError) -> String {
        let name = revision ?? Self.defaultRevision
        let isSafe = !name.isEmpty && !name.utf8.contains(0) && !name.split(separator: "/").contains("..")
        if isSafe, let root = FileSystem.resolved(path) {
            if let commit = try commit(of: name, root: root), let folder = snapshotFolder(commit, root: root) {
                return folder
            }
            if !name.contains("/"), let folder = snapshotFolder(name, root: root) { return folder }
        }
        throw .noRevision(
            folder: path, revision: name,
            others: FileSystem.names(in: path + "/refs") + FileSystem.names(in: path + "/snapshots"))
    }

    /// What the file of a branch or a tag says; nil where there is none.
    ///
    /// - Parameter root: the repository's folder without symbolic links.
    private func commit(of name: String, root: String) throws(CheckpointError) -> String? {
        let place = "/refs/" + name
        switch FileSystem.kind(of: path + place, followsLink: false) {
        case nil, .folder: return nil
        case .regular, .link, .other: break
        }
        let file = try FileDescriptor(reading: path + place, at: root + place)
        guard file.size <= 256 else { throw .fileTooLarge(file: file.path, bytes: file.size, limit: 256) }
        let commit = String(decoding: try file.bytes(file.size), as: UTF8.self).split(whereSeparator: \.isWhitespace)
            .joined()
        return commit.contains("/") ? nil : commit
    }

    private func snapshotFolder(_ commit: String, root: String) -> String? {
        let place = "/snapshots/" + commit
        return !["", ".", ".."].contains(commit) && FileSystem.resolved(path + place) == root + place
            && FileSystem.kind(of: path + place) == .folder ? path + place : nil
    }
}
