import Foundation
import Testing

@testable import Checkpoint

/// Names of repositories, and the cache that the hub's own library fills.
@Suite struct HubCacheTests {
    @Test(arguments: [
        (["HF_HUB_CACHE": "/a", "HF_HOME": "/b"], "/a"), (["HUGGINGFACE_HUB_CACHE": "/a"], "/a"),
        (["HF_HOME": "/b"], "/b/hub"), (["HF_HOME": "~/b", "HOME": "/h"], "/h/b/hub"),
        (["XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x/huggingface/hub"),
        (["HOME": "/h", "HF_HOME": ""], "/h/.cache/huggingface/hub"),
    ])
    func places(environment: [String: String], path: String) {
        #expect(HubCache(HubEnvironment { environment[$0] }).path == path)
    }

    @Test func names() {
        for name in ["harmonai/maestro-150k", "gpt2", "a/b.c_d"] { #expect(HubCache.isRepositoryName(name)) }
        for name in ["", "a/b/c", "../x", "a/..", "/a", "a/", "a b/c", "a--b/c", "a/\0"] {
            #expect(!HubCache.isRepositoryName(name))
        }
    }

    /// A cache with one repository: a planner and its value function at one commit, links as the hub's library makes them.
    private static func withCache(_ body: (_ cache: HubCache, _ repository: String) throws -> Void) throws {
        try Fixtures.withTemporaryFolder { folder in
            let files = FileManager.default
            let repository = folder + "/hub/models--someone--planner"
            let snapshot = repository + "/snapshots/abc123"
            for path in ["/refs", "/blobs", "/snapshots/abc123/unet", "/snapshots/abc123/value_function"] {
                try files.createDirectory(atPath: repository + path, withIntermediateDirectories: true)
            }
            for name in ["main", "v1"] {
                try "abc123".write(toFile: "\(repository)/refs/\(name)", atomically: true, encoding: .utf8)
            }
            let models = [("unet", "resnet_1level"), ("value_function", "value_small")]
            for (subfolder, fixture) in models {
                for file in ["config.json", "diffusion_pytorch_model.safetensors"] {
                    let blob = "\(repository)/blobs/\(subfolder)-\(file)"
                    try files.copyItem(
                        atPath: Fixtures.visible.appending(path: "\(fixture)/\(file)").path(), toPath: blob)
                    try files.createSymbolicLink(
                        atPath: "\(snapshot)/\(subfolder)/\(file)",
                        withDestinationPath: "../../../blobs/\(subfolder)-\(file)")
                }
            }
            try body(HubCache(HubEnvironment { ["HF_HUB_CACHE": folder + "/hub"][$0] }), repository)
        }
    }

    private static func path(_ what: String, _ cache: HubCache, _ lookup: ModelLookup = .init()) throws -> String {
        try ModelDirectory(what, lookup: lookup, cache: cache).open().path
    }

    @Test func repositories() throws {
        try Self.withCache { (cache: HubCache, repository: String) throws -> Void in
            let snapshot = repository + "/snapshots/abc123"
            #expect(try Self.path("someone/planner", cache) == snapshot + "/unet")
            #expect(try Self.path(repository, cache) == snapshot + "/unet")
            #expect(try Self.path(repository + "/", cache) == snapshot + "/unet")
            #expect(try Self.path(snapshot, cache) == snapshot + "/unet")
            for revision in ["v1", "abc123"] {
                #expect(try Self.path("someone/planner", cache, .init(revision: revision)) == snapshot + "/unet")
            }
            let value = ModelLookup(subfolder: "value_function")
            #expect(try Self.path("someone/planner", cache, value) == snapshot + "/value_function")
            // Links out of a snapshot lead into its own blobs, wherever the cache is.
            #expect(try Self.path(repository, HubCache(HubEnvironment { _ in nil })) == snapshot + "/unet")
        }
    }

    @Test func whatIsNotThere() throws {
        try Self.withCache { (cache: HubCache, repository: String) throws -> Void in
            #expect(throws: CheckpointError.notFound(path: "someone/else", cache: cache.path)) {
                try Self.path("someone/else", cache)
            }
            let revision = CheckpointError.noRevision(
                folder: repository, revision: "v2", others: ["main", "v1", "abc123"])
            #expect(throws: revision) { try Self.path("someone/planner", cache, .init(revision: "v2")) }
            for text in ["..", "../refs", "", "/", "."] {
                #expect(throws: CheckpointError.self) { try Self.path("someone/planner", cache, .init(revision: text)) }
                #expect(throws: CheckpointError.self) {
                    try Self.path("someone/planner", cache, .init(subfolder: text == "." ? "no" : text))
                }
            }
            let snapshot = repository + "/snapshots/abc123"
            let folder = CheckpointError.noConfiguration(
                folder: snapshot + "/vae", others: ["unet", "value_function"])
            #expect(throws: folder) { try Self.path("someone/planner", cache, .init(subfolder: "vae")) }
        }
    }

    /// The hub's library makes no links but those to blobs: another one is not followed, wherever it leads.
    @Test(arguments: ["refs/main", "refs", "snapshots/abc123", "snapshots"])
    func linksInARepository(name: String) throws {
        try Self.withCache { (cache: HubCache, repository: String) throws -> Void in
            for place in ["\(repository)/elsewhere", "\(cache.path)/../elsewhere"] {
                try FileManager.default.moveItem(atPath: "\(repository)/\(name)", toPath: place)
                try FileManager.default.createSymbolicLink(
                    atPath: "\(repository)/\(name)", withDestinationPath: place)
                let error = #expect(throws: CheckpointError.self) { try Self.path("someone/planner", cache) }
                #expect(try #require(error).isOneGoodLine)
                try FileManager.default.removeItem(atPath: "\(repository)/\(name)")
                try FileManager.default.moveItem(atPath: place, toPath: "\(repository)/\(name)")
            }
            #expect(try Self.path("someone/planner", cache) == repository + "/snapshots/abc123/unet")
        }
    }

    /// A cache, or a repository's folder, may itself be reached through a link.
    @Test func linksToARepository() throws {
        try Self.withCache { (cache: HubCache, repository: String) throws -> Void in
            let linked = cache.path + "/models--someone--linked"
            try FileManager.default.createSymbolicLink(atPath: linked, withDestinationPath: repository)
            #expect(try Self.path("someone/linked", cache) == linked + "/snapshots/abc123/unet")
        }
    }

    /// Weights without a configuration of their own, in a subfolder.
    @Test func aConfigurationForASubfolder() throws {
        try Self.withCache { (cache: HubCache, repository: String) throws -> Void in
            let unet = repository + "/snapshots/abc123/unet"
            try FileManager.default.moveItem(atPath: unet + "/config.json", toPath: repository + "/own.json")
            let blob = try FileManager.default.destinationOfSymbolicLink(atPath: repository + "/own.json")
            let lookup = ModelLookup(
                subfolder: "unet", configuration: repository + "/blobs/" + (blob as NSString).lastPathComponent)
            #expect(try Self.path("someone/planner", cache, lookup) == unet)
        }
    }

    @Test func filesOfWeights() throws {
        try Fixtures.withTemporaryFolder { folder in
            let formats = Fixtures.folder.appending(path: "formats").path()
            for (name, file) in [
                ("zip", "diffusion_pytorch_model.bin"), ("legacy", "diffusion_pytorch_model.bin"),
                ("safetensors", "diffusion_pytorch_model.safetensors"),
            ] {
                let path = "\(folder)/\(name).weights"
                try FileManager.default.copyItem(atPath: "\(formats)/\(name)/\(file)", toPath: path)
                let lookup = ModelLookup(configuration: "\(formats)/zip/config.json")
                let tensors = try ModelDirectory(path, lookup: lookup).open().expectedTensors
                #expect(tensors.count > 40)
                let error = #expect(throws: CheckpointError.self) { try ModelDirectory(path) }
                guard case .noConfigurationOfFile(path, _, _) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            try FileManager.default.copyItem(
                atPath: "\(formats)/zip/config.json", toPath: folder + "/config.json")
            let tensors = try ModelDirectory(folder + "/zip.weights").open().expectedTensors
            #expect(tensors.count > 40)
        }
    }
}
