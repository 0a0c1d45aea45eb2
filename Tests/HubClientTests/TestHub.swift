import Crypto
import Foundation
import NIOPosix
import Synchronization

@testable import Checkpoint
@testable import HubClient

/// A hub with one repository, and the server of its large files on another port; and a cache, which is empty at first.
final class TestHub: Sendable {
    typealias Request = LoopbackServer.Request
    typealias Reply = LoopbackServer.Reply

    static let repository = "someone/planner"
    static let commit = "0123456789abcdef0123456789abcdef01234567"

    let hub: LoopbackServer
    let storage: LoopbackServer
    /// The folder that the cache lies in.
    let folder: String
    private let fault: Mutex<(@Sendable (Request) -> Reply?)?>

    /// The files of a pipeline; those whose names end in safetensors or bin are large ones.
    static let pipeline: [String: [UInt8]] = [
        "model_index.json": Array(#"{"_class_name": "DanceDiffusionPipeline"}"#.utf8),
        "scheduler/scheduler_config.json": Array(#"{"num_train_timesteps": 1000}"#.utf8),
        "unet/config.json": Array(#"{"sample_size": 64}"#.utf8),
        "unet/diffusion_pytorch_model.safetensors": (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &>> 3) },
        "README.md": Array("A planner.".utf8),
    ]

    init(_ files: [String: [UInt8]] = pipeline, listing: String? = nil) throws {
        fault = Mutex(nil)
        folder = FileManager.default.temporaryDirectory.appending(path: "hub-client-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let box = Box()
        storage = try LoopbackServer { request in
            if let reply = box.hub?.reply(request) { return reply }
            let file = files.values.first { "/" + Self.sha256($0) == request.path }
            return file.map { Self.content($0, request) } ?? Reply(status: 404)
        }
        let port = storage.port
        hub = try LoopbackServer { request in
            if let reply = box.hub?.reply(request) { return reply }
            let repository = Self.repository
            let commit = Self.commit
            let revisions = ["main", "v1", "pr%2F1", commit].map { "/api/models/\(repository)/revision/\($0)" }
            if revisions.contains(request.path) {
                let names = files.keys.sorted().map { #"{"rfilename": "\#($0)"}"# }.joined(separator: ",")
                return Reply(body: Array((listing ?? #"{"sha": "\#(commit)", "siblings": [\#(names)]}"#).utf8))
            }
            let prefix = "/\(repository)/resolve/\(commit)/"
            guard request.path.hasPrefix(prefix), let file = files[String(request.path.dropFirst(prefix.count))] else {
                return Reply(status: 404, headers: ["X-Error-Code": "EntryNotFound"])
            }
            let isLarge = request.path.hasSuffix(".safetensors") || request.path.hasSuffix(".bin")
            guard isLarge else {
                var reply = Self.content(file, request)
                reply.headers["ETag"] = #""\#(Self.gitHash(file))""#
                reply.headers["X-Repo-Commit"] = commit
                return reply
            }
            let hash = Self.sha256(file)
            return Reply(
                status: 302,
                headers: [
                    "Location": "http://127.0.0.1:\(port)/\(hash)", "X-Linked-Etag": #""\#(hash)""#,
                    "X-Linked-Size": "\(file.count)", "X-Repo-Commit": commit, "ETag": #""else""#,
                ])
        }
        box.hub = self
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func reply(_ request: Request) -> Reply? { fault.withLock { $0 }?(request) }

    /// Lets `answer` reply in place of the servers, where it gives a reply.
    func misbehave(_ answer: @escaping @Sendable (Request) -> Reply?) { fault.withLock { $0 = answer } }

    /// Ends the misbehaviour.
    func behave() { fault.withLock { $0 = nil } }

    // MARK: - The client's side

    /// Settings that reach the hub, without a pause between tries.
    func settings(_ change: (inout HubSettings) -> Void = { _ in }) throws -> HubSettings {
        let variables = [
            "HF_ENDPOINT": "http://127.0.0.1:\(hub.port)", "HF_HUB_CACHE": folder, "HOME": folder,
            "HF_TOKEN": "hf_secret",
        ]
        var settings = try HubSettings(HubEnvironment { variables[$0] })
        settings.retryDelay = 0.001
        settings.idleTimeout = 5
        change(&settings)
        return settings
    }

    @discardableResult func fetch(
        revision: String? = nil, subfolder: String? = nil, variant: String? = nil,
        _ change: (inout HubSettings) -> Void = { _ in }, report: @escaping @Sendable (FetchProgress) -> Void = { _ in }
    ) async throws -> String {
        let request = try HubRequest(
            repository: Self.repository, revision: revision, subfolder: subfolder, variant: variant)
        return try await HubFetch(request, settings: settings(change)).run(
            on: MultiThreadedEventLoopGroup.singleton, report: report)
    }

    /// The repository's folder in the cache.
    var cached: String { folder + "/models--someone--planner" }

    /// Paths below the repository's folder, sorted.
    var tree: [String] {
        (FileManager.default.enumerator(atPath: cached)?.compactMap { $0 as? String } ?? [])
            .filter { FileSystem.kind(of: cached + "/" + $0, followsLink: false) != .folder }.sorted()
    }

    // MARK: - Contents

    /// A file, or the range of it that is asked for.
    static func content(_ file: [UInt8], _ request: Request) -> Reply {
        guard let header = request.headers["range"], let text = header.split(separator: "=").last else {
            return Reply(body: file)
        }
        let bounds = text.split(separator: "-").compactMap { Int($0) }
        let range = bounds[0]..<min(bounds[1] + 1, file.count)
        return Reply(
            status: 206,
            headers: ["Content-Range": "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.count)"],
            body: Array(file[range]))
    }

    static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
    static func gitHash(_ bytes: [UInt8]) -> String {
        hexadecimal(Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes))
    }
    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The hub that its servers ask.
    private final class Box: @unchecked Sendable {
        // Set before the first request, and read by the servers' threads from then on.
        weak var hub: TestHub?
    }
}
