import Checkpoint

/// What is to be fetched.
package struct HubRequest: Sendable {
    let repository: String
    let revision: String
    let subfolder: String?
    let variant: String?

    /// - Parameters:
    ///   - repository: OWNER/NAME.
    ///   - revision: a branch, a tag or a commit; nil: `main`.
    ///   - subfolder: the model's folder in the repository; nil: `unet`, then the repository itself.
    ///   - variant: which of several weights, for instance `fp16`; nil: those without such a name.
    /// - Throws: `argument`.
    package init(
        repository: String, revision: String? = nil, subfolder: String? = nil, variant: String? = nil
    ) throws(HubError) {
        guard HubCache.isRepositoryName(repository) else {
            throw .argument(name: "REPO", found: repository, expected: "OWNER/NAME, such as harmonai/maestro-150k")
        }
        let revision = revision ?? HubRepository.defaultRevision
        guard HubName.isPath(revision) else {
            throw .argument(name: "--revision", found: revision, expected: "a branch, a tag or a commit")
        }
        if let subfolder, !HubName.isPath(subfolder) {
            throw .argument(name: "--subfolder", found: subfolder, expected: "a folder in the repository, such as unet")
        }
        if let variant, variant.contains("/") || !HubName.isPath(variant) {
            throw .argument(name: "--variant", found: variant, expected: "a part of a file's name, such as fp16")
        }
        self.repository = repository
        self.revision = revision
        self.subfolder = subfolder
        self.variant = variant
    }

    /// Why the hub did not do what was asked.
    ///
    /// Source: huggingface_hub 0.25, utils/_http.py, `hf_raise_for_status`.
    ///
    /// - Parameters:
    ///   - file: the file that was asked for; nil: the listing was.
    ///   - commit: the file's commit.
    func refusal(
        _ answer: HubTransport.Answer, settings: HubSettings, file: String? = nil, commit: String = ""
    ) -> HubError {
        let endpoint = settings.endpoint.text
        let source = settings.token?.source
        // Another server's refusal is not the hub's: its signed addresses expire, and the hub makes new ones.
        let isHub = answer.host == settings.endpoint.origin.name
        switch (answer.status, answer.header("X-Error-Code")) {
        case (429, _): return .tooManyRequests(host: answer.host)
        case (408, _), (500..., _): return .server(host: answer.host, status: answer.status)
        case (400..<500, _) where !isHub: return .server(host: answer.host, status: answer.status)
        case (401, "GatedRepo"), (403, "GatedRepo"):
            return .gated(repository: repository, endpoint: endpoint, tokenFrom: source)
        case (404, "RevisionNotFound"):
            return .noRevision(repository: repository, revision: revision, endpoint: endpoint)
        case (401, _): return .unauthorized(repository: repository, endpoint: endpoint, tokenFrom: source)
        case (403, _):
            return .forbidden(
                repository: repository, endpoint: endpoint, message: (answer.header("X-Error-Message") ?? "").cut(200))
        case (404, let code):
            if let file, code != "RepoNotFound" { return .noFile(repository: repository, file: file, commit: commit) }
            return .noRepository(repository: repository, endpoint: endpoint, tokenFrom: source)
        default: return .answer(url: answer.url, found: "status \(answer.status)", expected: "an answer of a hub")
        }
    }
}
