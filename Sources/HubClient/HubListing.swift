import Checkpoint

/// A repository's files at a commit, as the hub lists them.
struct HubListing: Sendable {
    let commit: String
    /// Paths within the repository; none leads out of it.
    let files: [String]

    /// Bytes that a listing may have.
    static let maximumBytes = 1 << 26

    /// Reads an answer of the hub's API.
    ///
    /// - Throws: `answer`, `unsafeName`.
    init(_ bytes: [UInt8], url: String) throws(HubError) {
        let limits = JSONReader.Limits(depth: 64, values: 4_000_000, pythonNumbers: false)
        guard let json = try? JSONReader.read(bytes, file: url, limits: limits),
            case .string(let commit)? = json["sha"], case .array(let siblings)? = json["siblings"]
        else { throw .answer(url: url, found: "something else", expected: "the hub's list of a model's files") }
        guard HubName.isCommit(commit) else {
            throw .answer(url: url, found: "sha \(commit.quoted)", expected: "a commit's hash")
        }
        var files: [String] = []
        for sibling in siblings {
            guard case .string(let name)? = sibling["rfilename"] else {
                throw .answer(url: url, found: "a file without rfilename", expected: "one with its name")
            }
            guard HubName.isPath(name) else { throw .unsafeName(source: url, name: name) }
            files.append(name)
        }
        self.commit = commit
        self.files = files
    }
}
