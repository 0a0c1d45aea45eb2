import AsyncHTTPClient
import Checkpoint
import NIOCore
import NIOPosix

/// A model's files, brought from the hub into its cache on this machine, where the library and huggingface_hub find them.
package struct HubFetch: Sendable {
    private let request: HubRequest
    private let settings: HubSettings
    private let repository: CachedRepository

    package init(_ request: HubRequest, settings: HubSettings) {
        self.request = request
        self.settings = settings
        repository = CachedRepository(request.repository, cache: settings.cache)
    }

    /// Fetches what is missing, and blocks until it is there: for a thread that is none of Swift's tasks.
    ///
    /// - Parameter report: is told the progress, on any thread.
    /// - Returns: the snapshot's folder.
    /// - Throws: any `HubError`. What has arrived whole, or as the beginning of a file, stays in the cache.
    package func runBlocking(report: @escaping @Sendable (FetchProgress) -> Void) throws(HubError) -> String {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        let work = group.next().makeFutureWithTask { try await run(on: group, report: report) }
        do { return try work.wait() } catch { throw error as? HubError ?? HubError.cancelled }
    }

    /// Fetches what is missing.
    ///
    /// - Parameters:
    ///   - group: the threads of the network.
    ///   - report: is told the progress, on any thread.
    /// - Returns: the snapshot's folder.
    /// - Throws: any `HubError`. What has arrived whole, or as the beginning of a file, stays in the cache.
    func run(
        on group: any EventLoopGroup, report: @escaping @Sendable (FetchProgress) -> Void
    ) async throws(HubError) -> String {
        if settings.isOffline { return try cached() }
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: try settings.configuration())
        let transport = HubTransport(client: client, settings: settings)
        let result: Result<String, HubError>
        do {
            result = .success(try await fetch(transport, FetchMeter(report: report)))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    // MARK: - From the hub

    private func fetch(_ transport: HubTransport, _ meter: FetchMeter) async throws(HubError) -> String {
        meter.say(.listing)
        let listing = try await transport.retrying { () async throws(HubError) in try await list(transport) }
        let selection = try FileSelection(
            of: listing.files, repository: request.repository, subfolder: request.subfolder, variant: request.variant)
        try repository.prepare()
        let download = BlobDownload(
            transport: transport, request: request, commit: listing.commit, repository: repository, meter: meter)
        try await fetch(selection.files, download)
        if selection.weightsAreIndex { try await fetch(shards(selection, listing.commit), download) }
        // A revision is found when all of it is there.
        try repository.setReference(request.revision, to: listing.commit)
        return repository.snapshot(listing.commit)
    }

    private func list(_ transport: HubTransport) async throws(HubError) -> HubListing {
        let address = settings.endpoint.listing(request.repository, revision: request.revision)
        let answer = try await transport.send(.GET, address)
        guard answer.status == 200 else { throw request.refusal(answer, settings: settings) }
        do {
            let body = try await answer.response.body.collect(upTo: HubListing.maximumBytes)
            return try HubListing(Array(buffer: body), url: answer.url)
        } catch is NIOTooManyBytesError {
            throw .answer(url: answer.url, found: "more than 64 MiB", expected: "a list of files")
        } catch {
            throw HubError(networkError: error, host: answer.host)
        }
    }

    /// Fetches those files that the snapshot lacks.
    private func fetch(_ files: [String], _ download: BlobDownload) async throws(HubError) {
        var missing: [FileMetadata] = []
        for file in files where !repository.has(file, at: download.commit) {
            missing.append(
                try await download.transport.retrying { () async throws(HubError) in
                    try await metadata(file, download.commit, download.transport)
                })
        }
        var needed = 0
        // Files of equal content share a blob.
        for file in Dictionary(missing.map { ($0.hash, $0) }, uniquingKeysWith: { one, _ in one }).values {
            needed += repository.missingBytes(of: file)
        }
        download.meter.expect(needed)
        try repository.checkRoom(for: needed)
        for file in missing { try await download.run(file) }
    }

    private func metadata(
        _ file: String, _ commit: String, _ transport: HubTransport
    ) async throws(HubError) -> FileMetadata {
        let address = settings.endpoint.file(file, of: request.repository, commit: commit)
        let answer = try await transport.send(.HEAD, address, stop: FileMetadata.isTold)
        // The answer has no body: this ends it.
        _ = try? await answer.response.body.collect(upTo: 0)
        guard answer.status == 200 || answer.isRedirect else {
            throw request.refusal(answer, settings: settings, file: file, commit: commit)
        }
        return try FileMetadata(answer, path: file, commit: commit)
    }

    // MARK: - In the cache

    private func shards(_ selection: FileSelection, _ commit: String) throws(HubError) -> [String] {
        let path = repository.snapshot(commit) + "/" + selection.weights
        return try selection.shards(
            try files { () throws(CheckpointError) in try AtomicFile.read(path, limit: WeightIndex.maximumBytes) })
    }

    /// The snapshot, where all that is needed is there.
    private func cached() throws(HubError) -> String {
        do {
            let path = try files { () throws(CheckpointError) in
                try settings.cache.repository(request.repository).snapshot(request.revision)
            }
            let names = FileSystem.files(in: path)
            let selection = try FileSelection(
                of: names, repository: request.repository, subfolder: request.subfolder, variant: request.variant)
            let commit = String(path.split(separator: "/").last ?? "")
            if selection.weightsAreIndex { _ = try shards(selection, commit) }
            return path
        } catch {
            throw .offline(repository: request.repository, reason: "\(error)")
        }
    }
}
