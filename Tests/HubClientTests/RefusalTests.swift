import Foundation
import Synchronization
import Testing

@testable import HubClient

/// What the hub refuses, and what is refused of what the hub says.
@Suite struct RefusalTests {
    private static func message(_ hub: TestHub, _ change: (inout HubSettings) -> Void = { _ in }) async -> String {
        let error = await #expect(throws: HubError.self) { try await hub.fetch(change) }
        return error.map { "\($0)" } ?? ""
    }

    @Test(arguments: [
        (401, "", true, "refuses the token of HF_TOKEN"), (401, "", false, "set HF_TOKEN"),
        (401, "RepoNotFound", false, "no such public repository"),
        (401, "GatedRepo", false, "ask for access"), (403, "GatedRepo", true, "has no access"),
        (403, "", true, "Because."), (404, "RepoNotFound", true, "no such model repository"),
        (404, "RevisionNotFound", true, #"no revision "main""#), (429, "", true, "in a few minutes"),
        (500, "", true, "status 500"), (418, "", true, "status 418"),
    ])
    func statuses(status: Int, code: String, hasToken: Bool, mention: String) async throws {
        let hub = try TestHub()
        hub.misbehave { _ in
            .init(status: status, headers: ["X-Error-Code": code, "X-Error-Message": "Because."])
        }
        let message = await Self.message(hub) { if !hasToken { $0.token = nil } }
        #expect(message.contains(mention) && !message.contains("hf_secret"), "\(message)")
        // What may pass is tried again.
        #expect(hub.hub.requests.count == (status == 429 || status == 500 ? 5 : 1))
        #expect(hub.tree.isEmpty)
    }

    @Test func aServerThatRecovers() async throws {
        let hub = try TestHub()
        let failures = Mutex(3)
        hub.misbehave { _ in
            failures.withLock { count in
                count -= 1
                return count >= 0 ? .init(status: 503) : nil
            }
        }
        try await hub.fetch()
    }

    /// The signed address of a large file has expired: the hub gives a new one.
    @Test func anotherServersRefusalPasses() async throws {
        let hub = try TestHub()
        let failures = Mutex(2)
        hub.misbehave { request in
            guard request.path.count == 65 else { return nil }
            return failures.withLock { count in
                count -= 1
                return count >= 0 ? .init(status: 403) : nil
            }
        }
        try await hub.fetch()
    }

    @Test func filesThatAreListedOnly() async throws {
        let hub = try TestHub()
        hub.misbehave { request in
            guard request.path.hasSuffix("/unet/config.json") else { return nil }
            return .init(status: 404, headers: ["X-Error-Code": "EntryNotFound"])
        }
        #expect(await Self.message(hub).contains(#"no file "unet/config.json" at commit"#))
    }

    @Test(arguments: [
        "", "[]", "<html>", #"{"sha": "main", "siblings": []}"#,
        #"{"sha": "../../../../../../../../../../../../abcd", "siblings": []}"#, #"{"sha": "COMMIT"}"#,
        #"{"sha": "COMMIT", "siblings": [{}]}"#, #"{"sha": "COMMIT", "siblings": [{"rfilename": "../x"}]}"#,
        #"{"sha": "COMMIT", "siblings": [{"rfilename": "/etc/x"}]}"#,
        #"{"sha": "COMMIT", "siblings": [{"rfilename": "unet/../../../x"}]}"#,
        #"{"sha": "COMMIT", "siblings": [{"rfilename": "a\u0000b"}]}"#,
        #"{"sha": "COMMIT", "siblings": [{"rfilename": "a//b"}]}"#,
        #"{"sha": "COMMIT", "siblings": []}"#, #"{"sha": "COMMIT", "siblings": [{"rfilename": "config.json"}]}"#,
    ])
    func hostileListings(listing: String) async throws {
        let hub = try TestHub(listing: listing.replacing("COMMIT", with: TestHub.commit))
        #expect(await !Self.message(hub).contains("\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: hub.folder).isEmpty)
    }

    @Test(arguments: [
        ["ETag": "../../../x"], ["ETag": #""a/b""#], ["ETag": ""], ["ETag": "\"\(String(repeating: "A", count: 40))\""],
        ["X-Linked-Etag": "/etc/passwd"], ["X-Repo-Commit": "main"], ["X-Repo-Commit": ""], ["X-Linked-Size": "-1"],
        ["X-Linked-Size": "1e3"], ["X-Linked-Size": "99999999999999999999"],
    ])
    func hostileHeaders(headers: [String: String]) async throws {
        let hub = try TestHub()
        hub.misbehave { request in
            guard request.method == "HEAD" else { return nil }
            let honest = ["ETag": "\"\(TestHub.sha256([]))\"", "X-Repo-Commit": TestHub.commit]
            return .init(headers: honest.merging(headers) { $1 })
        }
        #expect(await Self.message(hub).contains("expected"))
        #expect(hub.tree.isEmpty)
    }

    @Test(arguments: ["../w.bin", "/etc/passwd", "a/../../w.bin", "w.bin"])
    func hostileShards(shard: String) async throws {
        let index = #"{"weight_map": {"a": "\#(shard)"}}"#
        let hub = try TestHub([
            "config.json": [1], "diffusion_pytorch_model.safetensors.index.json": Array(index.utf8),
        ])
        let message = await Self.message(hub)
        #expect(message.contains(shard == "w.bin" ? "the repository lacks" : "lead out of the cache"), "\(message)")
        #expect(!hub.tree.contains { $0.hasPrefix("refs") })
    }

    @Test func redirectsThatLeadNowhere() async throws {
        let loop = "/api/models/someone/planner/revision/main"
        for location in ["", "ftp://127.0.0.1/x", loop, "http://", "http://u:p@127.0.0.1/"] {
            let hub = try TestHub()
            hub.misbehave { _ in .init(status: 302, headers: ["Location": location]) }
            #expect(await Self.message(hub).contains("redirect"))
            #expect(hub.hub.requests.count <= 11)
        }
    }

    @Test func room() async throws {
        let hub = try TestHub()
        hub.misbehave { request in
            guard request.method == "HEAD" else { return nil }
            return .init(
                status: 302,
                headers: [
                    "X-Linked-Etag": "\"\(TestHub.sha256([]))\"", "X-Repo-Commit": TestHub.commit,
                    "X-Linked-Size": "200000000000000",
                ])
        }
        #expect(await Self.message(hub).contains("200000000 MB are missing"))
        #expect(hub.tree.isEmpty)
    }
}
