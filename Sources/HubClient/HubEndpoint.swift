import FoundationEssentials

/// The address of a hub, for instance https://huggingface.co.
package struct HubEndpoint: Sendable {
    /// Without a slash at its end.
    package let text: String
    /// The servers that the token may go to.
    let origin: Origin

    /// nil: the text is no URL of a server.
    package init?(_ text: String) {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text), let origin = Origin(url), url.query() == nil, url.fragment() == nil else {
            return nil
        }
        self.text = text
        self.origin = origin
    }

    /// The list of a repository's files at a revision.
    func listing(_ repository: String, revision: String) -> String {
        "\(text)/api/models/\(repository)/revision/\(HubName.escaped(revision))"
    }

    /// A file of a repository at a commit.
    func file(_ path: String, of repository: String, commit: String) -> String {
        "\(text)/\(repository)/resolve/\(commit)/\(HubName.escapedPath(path))"
    }
}

/// A scheme, a host and a port: who answers a request.
struct Origin: Equatable, Sendable {
    let scheme: String
    let host: String
    let port: Int

    /// nil: the URL is none of HTTP, or has no host.
    init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http",
            let host = url.host()?.lowercased(), !host.isEmpty, url.user() == nil, url.password() == nil
        else { return nil }
        self.scheme = scheme
        self.host = host
        port = url.port ?? (scheme == "https" ? 443 : 80)
    }

    /// The host, with the port where it is not the scheme's own.
    var name: String { port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)" }
}
