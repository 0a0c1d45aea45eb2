import Checkpoint
import Glibc

/// How the hub is reached, and where its files go.
package struct HubSettings: Sendable {
    package var endpoint: HubEndpoint
    /// nil: none is sent.
    package var token: Token?
    /// Whether nothing may be downloaded.
    package var isOffline: Bool
    package var cache: HubCache
    /// A file of certificates that are trusted in place of the system's.
    package var certificates: String?

    /// Seconds until a connection is made.
    package var connectTimeout = 10.0
    /// Seconds without a byte after which a connection is given up.
    package var idleTimeout = 30.0
    /// How often a request is repeated, without a byte in between, before it fails.
    package var retries = 4
    /// Seconds before a request is repeated; doubled each time.
    package var retryDelay = 0.25
    /// Bytes of a range; a file of more is fetched by ranges at once.
    package var rangeBytes = 16 << 20
    /// Ranges of a file at once. What comes out of order waits in memory: up to as many ranges.
    package var parallelRanges = 4

    /// A secret, and where it was found.
    package struct Token: Sendable {
        package let text: String
        package let source: String
    }

    /// What the environment says.
    ///
    /// - Throws: `environment`, `file`.
    package init(_ environment: HubEnvironment = HubEnvironment()) throws(HubError) {
        guard let endpoint = HubEndpoint(environment.endpoint) else {
            throw .environment(
                variable: "HF_ENDPOINT", found: environment.endpoint, expected: "a URL such as https://huggingface.co")
        }
        self.endpoint = endpoint
        token = try Self.token(environment)
        isOffline = environment.isOffline
        cache = HubCache(environment)
        certificates = environment.certificates
    }

    private static func token(_ environment: HubEnvironment) throws(HubError) -> Token? {
        guard environment.sendsToken else { return nil }
        if let text = environment.token, let token = try token(text, source: "HF_TOKEN") { return token }
        let path = environment.tokenPath
        // No file is no token, as for huggingface_hub.
        guard unsafe access(path, F_OK) == 0 else { return nil }
        let bytes = try files { () throws(CheckpointError) in try AtomicFile.read(path, limit: 1 << 16) }
        return try token(String(decoding: bytes, as: UTF8.self), source: path)
    }

    private static func token(_ text: String, source: String) throws(HubError) -> Token? {
        // Source: huggingface_hub 0.25, utils/_token.py, `_clean_token`.
        let bytes = Array(text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let cleaned = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        if cleaned.isEmpty { return nil }
        guard cleaned.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .environment(variable: source, found: "…", expected: "a token such as hf_…, of ASCII characters")
        }
        return Token(text: String(decoding: Array(cleaned), as: UTF8.self), source: source)
    }
}
