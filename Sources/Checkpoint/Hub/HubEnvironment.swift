import Glibc

/// What the environment says of the Hugging Face hub. A variable that is empty counts as unset.
///
/// Source: huggingface_hub 0.25, constants.py and utils/_token.py.
package struct HubEnvironment: Sendable {
    /// The folder of the hub's files: `HF_HOME`, else huggingface in `XDG_CACHE_HOME`, else in ~/.cache.
    package let home: String
    /// The folder of the repositories: `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `hub` in the home.
    package let cache: String
    /// Where the hub is: `HF_ENDPOINT`, else https://huggingface.co.
    package let endpoint: String
    /// `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`; nil: a token may be in the file.
    package let token: String?
    /// The token's file: `HF_TOKEN_PATH`, else `token` in the home.
    package let tokenPath: String
    /// Whether the token goes out unasked; `HF_HUB_DISABLE_IMPLICIT_TOKEN` forbids it.
    package let sendsToken: Bool
    /// Whether `HF_HUB_OFFLINE`, or else `TRANSFORMERS_OFFLINE`, forbids to reach the hub.
    package let isOffline: Bool
    /// A file of certificates that are trusted in place of the system's: `SSL_CERT_FILE`, else `REQUESTS_CA_BUNDLE`, else
    /// `CURL_CA_BUNDLE`.
    package let certificates: String?

    /// - Parameter variable: the value of a variable; by default that of this process.
    package init(variable: (String) -> String? = HubEnvironment.variable) {
        func value(_ names: String...) -> String? { names.lazy.compactMap(variable).first { !$0.isEmpty } }
        func isTrue(_ text: String?) -> Bool { ["1", "on", "yes", "true"].contains(text?.lowercased()) }
        let user = value("HOME") ?? "/"
        let expanded = { (path: String) in path.hasPrefix("~/") ? user + path.dropFirst() : path }
        home = expanded(value("HF_HOME") ?? (value("XDG_CACHE_HOME") ?? user + "/.cache") + "/huggingface")
        cache = value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(expanded) ?? home + "/hub"
        endpoint = value("HF_ENDPOINT") ?? "https://huggingface.co"
        token = value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
        tokenPath = value("HF_TOKEN_PATH").map(expanded) ?? home + "/token"
        sendsToken = !isTrue(value("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        isOffline = isTrue(value("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
        certificates = value("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    }

    /// A variable of the process's environment.
    package static func variable(_ name: String) -> String? {
        // The text lives as long as nobody changes the environment; it is copied at once.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
