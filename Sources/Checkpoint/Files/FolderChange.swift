import Glibc

/// Replaces some files of a folder by others, all or none, with nothing but renames.
///
/// Old files are set aside under names that end in `.old.partial`, new ones get their names, and old ones are removed. Where a
/// step before the removal fails, those before it are undone in reverse. A process or a machine that ends in between leaves
/// every old file whole, under its own name or the one aside.
struct FolderChange: ~Copyable {
    private let folder: String
    /// Files that were there, with where they lie now.
    private var aside: [(path: String, place: String)] = []
    private var published: [PendingFile] = []

    /// Makes the change.
    ///
    /// - Parameters:
    ///   - old: names in the folder, of which the first goes first; those that nothing has are passed over.
    ///   - new: finished files in the folder, of which the last is published when the disk has the names of the others. What
    ///     has one of their names is old, too.
    /// - Throws: `cannotWrite`, also where an old name is that of a folder or a device. The folder is then as it was, unless
    ///   the system refuses to rename a file back: an old one then stays aside.
    static func replace(_ old: [String], in folder: String, by new: [PendingFile]) throws(CheckpointError) {
        var present: [String] = []
        var seen: Set<String> = []
        for path in old.map({ "\(folder)/\($0)" }) + new.map(\.path) where seen.insert(path).inserted {
            switch FileSystem.kind(of: path, followsLink: false) {
            case nil: break
            case .regular, .link: present.append(path)
            case .folder: throw .cannotWrite(file: path, reason: "is a folder")
            case .other: throw .cannotWrite(file: path, reason: "is not a regular file")
            }
        }
        var change = FolderChange(folder: folder)
        do {
            try change.make(present, new)
        } catch {
            change.undo()
            throw error
        }
        // The folder holds the new files: an old one that cannot be removed stays aside.
        for (_, place) in change.aside { try? FileSystem.remove(place) }
    }

    private init(folder: String) { self.folder = folder }

    private mutating func make(_ old: [String], _ new: [PendingFile]) throws(CheckpointError) {
        for path in old { aside.append((path, try Self.setAside(path))) }
        for (i, file) in new.enumerated() {
            if i == new.count - 1 { try FileSystem.synchronize(folder) }
            try file.publish()
            published.append(file)
        }
        try FileSystem.synchronize(folder)
    }

    private func undo() {
        for file in published.reversed() { file.withdraw() }
        for (path, place) in aside.reversed() { _ = unsafe rename(place, path) }
    }

    /// Renames a file.
    ///
    /// - Returns: its new path.
    private static func setAside(_ path: String) throws(CheckpointError) -> String {
        var attempt = 0
        var place: String { "\(path).\(getpid()).\(attempt).old.partial" }
        while FileSystem.kind(of: place, followsLink: false) != nil { attempt += 1 }
        guard unsafe rename(path, place) == 0 else {
            throw .cannotWrite(file: path, reason: FileSystem.lastReason())
        }
        return place
    }
}
