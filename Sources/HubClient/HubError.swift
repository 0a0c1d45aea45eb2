import Checkpoint

/// Why a repository cannot be fetched. The description is one line: what is wrong where, and what to do.
package enum HubError: Error, Sendable {
    // MARK: What the user gave

    /// An argument that cannot be the name of anything.
    case argument(name: String, found: String, expected: String)
    /// A variable of the environment.
    case environment(variable: String, found: String, expected: String)
    /// The environment forbids downloads, and the cache lacks something; `reason` is what.
    case offline(repository: String, reason: String)

    // MARK: What the hub answered

    /// The hub wants a token, or has no such repository; nil: no token was sent.
    case unauthorized(repository: String, endpoint: String, tokenFrom: String?)
    /// Access is granted by the repository's owner.
    case gated(repository: String, endpoint: String, tokenFrom: String?)
    /// The hub refuses, and says why.
    case forbidden(repository: String, endpoint: String, message: String)
    case noRepository(repository: String, endpoint: String, tokenFrom: String?)
    case noRevision(repository: String, revision: String, endpoint: String)
    case noFile(repository: String, file: String, commit: String)
    /// The hub limits how often it is asked.
    case tooManyRequests(host: String)
    /// The server fails, also when it is asked again.
    case server(host: String, status: Int)
    /// An answer that no hub gives.
    case answer(url: String, found: String, expected: String)
    /// A name that leads elsewhere.
    case unsafeName(source: String, name: String)

    // MARK: What the network did

    /// The connection failed, also when it was tried again.
    case network(host: String, reason: String)
    /// The server's certificate is not trusted.
    case certificate(host: String, reason: String)

    // MARK: What arrived

    /// Content that is not what the hub says it is.
    case hash(file: String, host: String, found: String, expected: String)
    /// The repository has no model that this program reads.
    case noModel(repository: String, folder: String, others: [String])
    case noWeights(repository: String, folder: String, variant: String?, variants: [String])
    /// An index names a file that the repository lacks.
    case noShard(repository: String, index: String, shard: String)

    // MARK: Where it goes

    /// The disk has too little room, in bytes; nil: the system only said so.
    case diskFull(folder: String, needed: Int?, available: Int?)
    case write(file: String, reason: String)
    case file(CheckpointError)
}

extension HubError: CustomStringConvertible {
    /// What is wrong where, and what to do.
    package var description: String {
        switch self {
        case .argument(let name, let found, let expected): "\(name) \(found.quoted): expected \(expected)"
        case .environment(let variable, let found, let expected): "\(variable)=\(found.quoted): expected \(expected)"
        case .offline(let repository, let reason):
            "\(repository): HF_HUB_OFFLINE forbids downloads, and \(reason); unset HF_HUB_OFFLINE"
        case .unauthorized(let repository, let endpoint, nil):
            """
            \(repository): \(endpoint) has no such public repository (status 401); check the name, or set HF_TOKEN to a \
            token that may read it
            """
        case .unauthorized(let repository, let endpoint, let source?):
            """
            \(repository): \(endpoint) refuses the token of \(source) (status 401); make a new one at \
            \(endpoint)/settings/tokens
            """
        case .gated(let repository, let endpoint, nil):
            """
            \(repository): is gated; ask for access at \(endpoint)/\(repository), then set HF_TOKEN to a token of that \
            account
            """
        case .gated(let repository, let endpoint, let source?):
            """
            \(repository): is gated, and the account of the token of \(source) has no access; ask for it at \
            \(endpoint)/\(repository)
            """
        case .forbidden(let repository, let endpoint, let message):
            """
            \(repository): \(endpoint) refuses (status 403\(message.isEmpty ? "" : ": " + message)); the token of HF_TOKEN \
            must be allowed to read the repository
            """
        case .noRepository(let repository, let endpoint, let source):
            """
            \(repository): \(endpoint) has no such model repository\(source.map { " that the token of \($0) may read" } ?? ""); \
            check its owner and name
            """
        case .noRevision(let repository, let revision, let endpoint):
            """
            \(repository): has no revision \(revision.quoted); \(endpoint)/\(repository)/commits/main lists commits, and \
            without --revision main is taken
            """
        case .noFile(let repository, let file, let commit):
            "\(repository): has no file \(file.quoted) at commit \(commit), though it is listed; try again later"
        case .tooManyRequests(let host):
            "\(host): too many requests (status 429); try again in a few minutes, or set HF_TOKEN"
        case .server(let host, let status):
            "\(host): fails with status \(status), also when asked again; try again later"
        case .answer(let url, let found, let expected):
            "\(url): found \(found), expected \(expected); check that HF_ENDPOINT names a hub"
        case .unsafeName(let source, let name):
            "\(source): names the file \(name.quoted), which may lead out of the cache; nothing of it is fetched"
        case .network(let host, let reason):
            "\(host): \(reason); check the network, or HF_ENDPOINT; what has arrived is kept, and fetch goes on from there"
        case .certificate(let host, let reason):
            "\(host): its certificate is not trusted (\(reason)); set SSL_CERT_FILE to the certificates of your network"
        case .hash(let file, let host, let found, let expected):
            """
            \(file): has hash \(found), expected \(expected); \(host) or what is between sent other bytes, which were \
            removed; fetch again
            """
        case .noModel(let repository, let folder, let others):
            "\(repository): has no \(folder.isEmpty ? "" : folder + "/")config.json; "
                + (others.isEmpty ? "it holds no model of diffusers" : "--subfolder takes one of \(Self.list(others))")
        case .noWeights(let repository, let folder, let variant, let variants):
            "\(repository): has no weights\(variant.map { " of variant \($0.quoted)" } ?? "")"
                + "\(folder.isEmpty ? "" : " in " + folder); "
                + (variants.isEmpty
                    ? "expected \(WeightNames.stem).safetensors" : "--variant takes one of \(Self.list(variants))")
        case .noShard(let repository, let index, let shard):
            "\(repository): \(index) names \(shard.quoted), which the repository lacks; take another revision"
        case .diskFull(let folder, let needed?, let available?):
            """
            \(folder): \(Self.size(needed)) are missing, but the disk has room for \(Self.size(available)); make room, or \
            set HF_HUB_CACHE to a folder of another disk
            """
        case .diskFull(let folder, _, _):
            "\(folder): the disk is full; make room, or set HF_HUB_CACHE to a folder of another disk, and fetch again"
        case .write(let file, let reason): "\(file): cannot be written: \(reason)"
        case .file(let error): "\(error)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(10).map { $0.cut(80) }.joined(separator: ", ") + (names.count > 10 ? ", …" : "")
    }

    private static func size(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }
}

/// Runs `body`, its error as one of this module.
func files<Result: ~Copyable>(_ body: () throws(CheckpointError) -> Result) throws(HubError) -> Result {
    do throws(CheckpointError) { return try body() } catch { throw .file(error) }
}
