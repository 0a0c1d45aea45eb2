import Foundation
import Glibc
import Synchronization
import Testing

@testable import Checkpoint
@testable import HubClient

/// Connections that are cut, slow or answer something else: what arrives is whole and right, or is not there.
@Suite struct NetworkFaultTests {
    private static let content = FetchTests.content
    private static let hash = TestHub.sha256(content)

    /// Expects the weights in the cache, and nothing that is unfinished.
    private static func expectWhole(_ hub: TestHub, sourceLocation: SourceLocation = #_sourceLocation) {
        let file = "\(hub.cached)/snapshots/\(TestHub.commit)/\(FetchTests.weights)"
        #expect(FileManager.default.contents(atPath: file) == Data(content), sourceLocation: sourceLocation)
        #expect(!hub.tree.contains { $0.hasSuffix(".incomplete") }, sourceLocation: sourceLocation)
        #expect(hub.tree.contains("refs/main"), sourceLocation: sourceLocation)
    }

    /// Expects a failure that says `mention`, and no weights.
    private static func expectFailure(
        _ hub: TestHub, mention: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout HubSettings) -> Void = { _ in }
    ) async {
        let error = await #expect(throws: HubError.self, sourceLocation: sourceLocation) { try await hub.fetch(change) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(mention) && !text.contains("\n"), "\(text)", sourceLocation: sourceLocation)
        #expect(!hub.tree.contains { $0 == "refs/main" || $0 == "blobs/\(hash)" }, sourceLocation: sourceLocation)
        #expect(!hub.tree.contains { $0.hasSuffix(FetchTests.weights) }, sourceLocation: sourceLocation)
    }

    /// What the large files' server answers, changed.
    private static func changing(
        _ hub: TestHub, _ change: @escaping @Sendable (TestHub.Request, inout TestHub.Reply) -> Void
    ) {
        hub.misbehave { request in
            guard request.path == "/\(hash)" else { return nil }
            var reply = TestHub.content(content, request)
            change(request, &reply)
            return reply
        }
    }

    // MARK: - Cut connections

    @Test func aCutDownloadGoesOnTheNextTime() async throws {
        let hub = try TestHub()
        Self.changing(hub) { $1.cut = 20_000 }
        await Self.expectFailure(hub, mention: "cut") { $0.retries = 0 }
        let incomplete = hub.cached + "/blobs/\(Self.hash).incomplete"
        #expect(FileManager.default.contents(atPath: incomplete) == Data(Self.content.prefix(20_000)))
        hub.behave()
        let before = hub.storage.requests.count
        try await hub.fetch()
        Self.expectWhole(hub)
        #expect(hub.storage.requests[before...].map { $0.headers["range"] } == ["bytes=20000-49999"])
    }

    @Test(arguments: [7000, 100_000])
    func aConnectionThatIsCutAgainAndAgainIsEnough(rangeBytes: Int) async throws {
        let hub = try TestHub()
        // More cuts than retries: each brings something.
        Self.changing(hub) { $1.cut = 3000 }
        try await hub.fetch { $0.rangeBytes = rangeBytes }
        Self.expectWhole(hub)
    }

    // MARK: - Ranges

    @Test func rangesCoverTheFileOnce() async throws {
        let hub = try TestHub()
        try await hub.fetch { $0.rangeBytes = 7000 }
        Self.expectWhole(hub)
        let ranges = hub.storage.requests.compactMap { $0.headers["range"] }
        let expected = stride(from: 0, to: 50_000, by: 7000).map { "bytes=\($0)-\(min($0 + 7000, 50_000) - 1)" }
        #expect(ranges.sorted() == expected.sorted())
    }

    /// The first range comes last: the others wait, and no more than the window begin.
    @Test func whatIsOnTheDiskIsAlwaysTheBeginning() async throws {
        let hub = try TestHub()
        Self.changing(hub) { request, reply in
            if request.headers["range"]?.hasPrefix("bytes=0-") == true { reply = .init(status: 404) }
        }
        await Self.expectFailure(hub, mention: "404") {
            $0.rangeBytes = 7000
            $0.parallelRanges = 3
            $0.retryDelay = 0.02
        }
        let incomplete = hub.cached + "/blobs/\(Self.hash).incomplete"
        #expect(FileManager.default.contents(atPath: incomplete) == Data())
        #expect(Set(hub.storage.requests.compactMap { $0.headers["range"] }).count <= 3)
    }

    @Test(arguments: [7000, 100_000], [0, 20_000])
    func aServerMayIgnoreRanges(rangeBytes: Int, arrived: Int) async throws {
        let hub = try TestHub()
        try FileManager.default.createDirectory(atPath: hub.cached + "/blobs", withIntermediateDirectories: true)
        let incomplete = hub.cached + "/blobs/\(Self.hash).incomplete"
        try Data(Self.content.prefix(arrived)).write(to: URL(filePath: incomplete))
        Self.changing(hub) { request, reply in reply = .init(body: Self.content) }
        try await hub.fetch { $0.rangeBytes = rangeBytes }
        Self.expectWhole(hub)
    }

    // MARK: - Wrong bytes

    @Test(arguments: [100_000, 7000])
    func wrongBytesAreRefused(rangeBytes: Int) async throws {
        let hub = try TestHub()
        Self.changing(hub) { request, reply in
            if !reply.body.isEmpty { reply.body[0] ^= 1 }
        }
        await Self.expectFailure(hub, mention: "expected \(Self.hash)") { $0.rangeBytes = rangeBytes }
        #expect(!hub.tree.contains { $0.hasSuffix(".incomplete") })
    }

    @Test func wrongBytesOfSmallFilesAreRefused() async throws {
        let hub = try TestHub()
        hub.misbehave { request in
            guard request.method == "GET", request.path.hasSuffix("/unet/config.json") else { return nil }
            return .init(body: Array(#"{"sample_size": 65}"#.utf8))
        }
        await Self.expectFailure(hub, mention: "unet/config.json: has hash")
    }

    @Test func whatArrivedEarlierMayBeWrong() async throws {
        for arrived in [Data(repeating: 7, count: 20_000), Data(repeating: 7, count: 50_000), Data(count: 60_000)] {
            let hub = try TestHub()
            try FileManager.default.createDirectory(atPath: hub.cached + "/blobs", withIntermediateDirectories: true)
            try arrived.write(to: URL(filePath: hub.cached + "/blobs/\(Self.hash).incomplete"))
            try await hub.fetch()
            Self.expectWhole(hub)
        }
    }

    @Test func answersThatDoNotFit() async throws {
        let cases: [(@Sendable (inout TestHub.Reply) -> Void, String)] = [
            ({ $0.body += [1, 2, 3] }, "more bytes"),
            ({ $0 = .init(status: 206, headers: ["Content-Range": "bytes 5-9/50000"], body: [1]) }, "Content-Range"),
            ({ $0 = .init(status: 204) }, "status 204"),
        ]
        for (change, mention) in cases {
            let hub = try TestHub()
            Self.changing(hub) { change(&$1) }
            await Self.expectFailure(hub, mention: mention)
        }
    }

    // MARK: - Time

    @Test func aServerThatSaysNothingIsGivenUp() async throws {
        let hub = try TestHub()
        Self.changing(hub) { $1.pause = 1 }
        await Self.expectFailure(hub, mention: "no answer in time") {
            $0.idleTimeout = 0.2
            $0.retries = 1
        }
    }

    /// Ten parts, each within the time, all together not.
    @Test func slowBytesAreWaitedFor() async throws {
        let hub = try TestHub()
        Self.changing(hub) { $1.pause = 0.12 }
        try await hub.fetch { $0.idleTimeout = 1 }
        Self.expectWhole(hub)
    }

    @Test func noNetwork() async throws {
        let hub = try TestHub()
        for endpoint in ["http://127.0.0.1:1", "http://no..host"] {
            await Self.expectFailure(hub, mention: endpoint.hasSuffix(":1") ? "refuses connections" : "name is unknown")
            {
                $0.endpoint = HubEndpoint(endpoint)!
            }
        }
    }

    // MARK: - Locks

    @Test func anotherDownloadIsWaitedFor() async throws {
        let hub = try TestHub()
        let folder = hub.folder + "/.locks/models--someone--planner"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lock = open("\(folder)/\(Self.hash).lock", O_RDWR | O_CREAT, 0o644)
        #expect(flock(lock, LOCK_EX) == 0)
        let waits = Mutex(0)
        try await hub.fetch(report: { step in
            guard case .waiting = step else { return }
            waits.withLock { $0 += 1 }
            // The other process ends; the lock's file stays.
            close(lock)
        })
        #expect(waits.withLock { $0 } == 1)
        Self.expectWhole(hub)
    }
}
