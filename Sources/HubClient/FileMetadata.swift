import Checkpoint

/// What the hub says of a file before it is downloaded.
struct FileMetadata: Sendable {
    /// Within the repository.
    let path: String
    /// The hash of the content, which names its blob: SHA-256 (64 digits), or SHA-1 of a Git blob (40).
    let hash: String
    /// Bytes.
    let size: Int

    /// Bytes that a file may have: more than any, and few enough for sums of them.
    private static let maximumBytes = 1 << 48

    /// Reads the headers of an answer.
    ///
    /// Source: huggingface_hub 0.25, file_download.py, `get_hf_file_metadata`.
    ///
    /// - Throws: `answer`.
    init(_ answer: HubTransport.Answer, path: String, commit: String) throws(HubError) {
        guard let found = answer.header("X-Repo-Commit"), found == commit else {
            throw .answer(
                url: answer.url, found: "X-Repo-Commit \((answer.header("X-Repo-Commit") ?? "").quoted)",
                expected: commit)
        }
        let tag = answer.header("X-Linked-Etag") ?? answer.header("ETag") ?? ""
        guard let hash = Self.hash(tag) else {
            throw .answer(url: answer.url, found: "ETag \(tag.quoted)", expected: "the content's SHA-256 or Git hash")
        }
        let length = answer.header("X-Linked-Size") ?? (answer.isRedirect ? nil : answer.header("Content-Length")) ?? ""
        guard let size = Int(length), 0...Self.maximumBytes ~= size else {
            throw .answer(url: answer.url, found: "size \(length.quoted)", expected: "a number of bytes")
        }
        self.path = path
        self.hash = hash
        self.size = size
    }

    /// Whether an answer has all of it, though it redirects: the hub sends large files from other servers.
    static func isTold(by answer: HubTransport.Answer) -> Bool {
        ["X-Repo-Commit", "X-Linked-Etag", "X-Linked-Size"].allSatisfy { answer.header($0) != nil }
    }

    /// The hash of an ETag, `"…"` or `W/"…"`; nil: it is none.
    private static func hash(_ tag: String) -> String? {
        var text = Substring(tag)
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        return HubName.isContentHash(String(text)) ? String(text) : nil
    }
}
