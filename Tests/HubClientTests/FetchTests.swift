import Foundation
import Synchronization
import Testing

@testable import Checkpoint
@testable import HubClient

/// What lies in the cache after a fetch, and what went over the network.
@Suite struct FetchTests {
    static let weights = "unet/diffusion_pytorch_model.safetensors"
    static let content = TestHub.pipeline[weights]!

    @Test(arguments: [nil, "v1", "pr/1", TestHub.commit])
    func layout(revision: String?) async throws {
        let hub = try TestHub()
        let folder = try await hub.fetch(revision: revision)
        #expect(folder == hub.cached + "/snapshots/" + TestHub.commit)
        var expected = revision == TestHub.commit ? [] : ["refs/" + (revision ?? "main")]
        for (name, bytes) in TestHub.pipeline where name != "README.md" {
            let hash = name == Self.weights ? TestHub.sha256(bytes) : TestHub.gitHash(bytes)
            expected += ["blobs/" + hash, "snapshots/\(TestHub.commit)/\(name)"]
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name)
            #expect(link == (name.contains("/") ? "../" : "") + "../../blobs/" + hash)
            #expect(FileManager.default.contents(atPath: folder + "/" + name) == Data(bytes))
        }
        #expect(hub.tree == expected.sorted())
        if let reference = expected.first(where: { $0.hasPrefix("refs") }) {
            #expect(try String(contentsOfFile: hub.cached + "/" + reference, encoding: .utf8) == TestHub.commit)
        }
        // The library's own lookup.
        let cache = try hub.settings().cache
        #expect(try cache.repository(TestHub.repository).snapshot(revision) == folder)
    }

    @Test func theSecondTimeNothingIsDownloaded() async throws {
        let hub = try TestHub()
        let folder = try await hub.fetch()
        let before = (hub.hub.requests.count, hub.storage.requests.count)
        #expect(try await hub.fetch() == folder)
        #expect(hub.hub.requests.count == before.0 + 1 && hub.storage.requests.count == before.1)
    }

    @Test func theTokenStaysWithTheHub() async throws {
        let hub = try TestHub()
        try await hub.fetch()
        #expect(hub.hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
        #expect(!hub.storage.requests.isEmpty)
        #expect(hub.storage.requests.allSatisfy { $0.headers["authorization"] == nil })
        // Nor does it follow where the list of files is said to be elsewhere; it goes along within the hub.
        let other = try TestHub()
        let port = hub.hub.port
        other.misbehave { request in
            if request.path.hasPrefix("/api/models/someone") {
                return .init(status: 307, headers: ["Location": "/moved" + request.path])
            }
            guard request.path.hasPrefix("/moved") else { return nil }
            let path = request.path.dropFirst("/moved".count)
            return .init(status: 307, headers: ["Location": "http://127.0.0.1:\(port)\(path)"])
        }
        let count = hub.hub.requests.count
        try await other.fetch()
        #expect(hub.hub.requests.count == count + 1)
        #expect(hub.hub.requests.last?.headers["authorization"] == nil)
        let moved = other.hub.requests.filter { $0.path.hasPrefix("/moved") }
        #expect(moved.count == 1 && moved[0].headers["authorization"] == "Bearer hf_secret")
    }

    /// A redirect that does not tell the size: what it leads to does.
    @Test func smallFilesMayBeElsewhereOnTheHub() async throws {
        let hub = try TestHub()
        hub.misbehave { request in
            guard request.path.hasSuffix("/unet/config.json") else { return nil }
            guard request.path.hasPrefix("/api/resolve-cache") else {
                let headers = ["X-Linked-Etag": #""else""#, "X-Repo-Commit": TestHub.commit]
                return .init(
                    status: 307, headers: headers.merging(["Location": "/api/resolve-cache" + request.path]) { $1 })
            }
            let file = TestHub.pipeline["unet/config.json"]!
            var reply = TestHub.content(file, request)
            reply.headers["ETag"] = #"W/"\#(TestHub.gitHash(file))""#
            reply.headers["X-Repo-Commit"] = TestHub.commit
            return reply
        }
        try await hub.fetch()
        let moved = hub.hub.requests.filter { $0.path.hasPrefix("/api/resolve-cache") }
        #expect(moved.map(\.method) == ["HEAD", "GET"])
    }

    @Test func offline() async throws {
        let hub = try TestHub()
        await #expect(throws: HubError.self) { try await hub.fetch { $0.isOffline = true } }
        #expect(hub.hub.requests.isEmpty)
        let folder = try await hub.fetch()
        let count = hub.hub.requests.count
        #expect(try await hub.fetch { $0.isOffline = true } == folder)
        #expect(hub.hub.requests.count == count)
        // A snapshot that lacks the weights is not what was asked for.
        try FileManager.default.removeItem(atPath: folder + "/" + Self.weights)
        let error = await #expect(throws: HubError.self) { try await hub.fetch { $0.isOffline = true } }
        #expect("\(error!)".contains("HF_HUB_OFFLINE") && "\(error!)".contains("no weights"))
    }

    @Test func shardsAndVariants() async throws {
        let index = #"{"weight_map": {"a": "w-1.bin", "b": "./w-2.bin", "c": "w-1.bin"}}"#
        let files: [String: [UInt8]] = [
            "config.json": [1], "diffusion_pytorch_model.bin.index.json": Array(index.utf8), "w-1.bin": [1, 2],
            "w-2.bin": [], "diffusion_pytorch_model.fp16.bin": [3],
        ]
        let hub = try TestHub(files)
        let folder = try await hub.fetch()
        #expect(
            FileSystem.files(in: folder)
                == ["config.json", "diffusion_pytorch_model.bin.index.json", "w-1.bin", "w-2.bin"])
        #expect(try await hub.fetch(variant: "fp16") { $0.rangeBytes = 1 } == folder)
        #expect(FileSystem.files(in: folder).contains("diffusion_pytorch_model.fp16.bin"))
    }

    @Test func progress() async throws {
        let hub = try TestHub()
        let steps = Mutex<[FetchProgress]>([])
        try await hub.fetch(report: { step in steps.withLock { $0.append(step) } })
        let seen = steps.withLock { $0 }
        #expect(seen.first == .listing)
        #expect(seen.last == .checking(file: Self.weights))
        let total = TestHub.pipeline.filter { $0.key != "README.md" }.values.reduce(0) { $0 + $1.count }
        #expect(
            seen.contains {
                guard case .downloading(_, _, total) = $0 else { return false }
                return true
            })
    }
}
