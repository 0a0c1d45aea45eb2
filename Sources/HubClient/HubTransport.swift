import AsyncHTTPClient
import Checkpoint
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Requests to the hub and to the servers that it redirects to.
struct HubTransport: Sendable {
    let client: HTTPClient
    let settings: HubSettings

    /// Redirects of one request that are followed.
    private static let maximumRedirects = 10

    /// An answer, with the URL that gave it.
    struct Answer: Sendable {
        let url: String
        let response: HTTPClientResponse

        var status: Int { Int(response.status.code) }
        /// Whether the answer is that the thing is elsewhere.
        var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
        var host: String { URL(string: url).flatMap(Origin.init)?.name ?? url }

        /// The value of a header; nil: there is none.
        func header(_ name: String) -> String? { response.headers.first(name: name) }
    }

    /// Sends a request without a body, and follows redirects. The token goes to the endpoint's own server only.
    ///
    /// - Parameters:
    ///   - range: the bytes that are wanted; nil: all.
    ///   - stop: whether an answer that redirects is what was wanted.
    /// - Throws: `network`, `certificate`, `answer`.
    func send(
        _ method: HTTPMethod, _ address: String, range: Range<Int>? = nil,
        stop: @Sendable (Answer) -> Bool = { _ in false }
    ) async throws(HubError) -> Answer {
        var address = address
        for _ in 0...Self.maximumRedirects {
            let answer = try await once(method, address, range)
            guard answer.isRedirect, !stop(answer) else { return answer }
            // What is left of the answer is read, so that the connection can be used again.
            _ = try? await answer.response.body.collect(upTo: 1 << 16)
            address = try target(of: answer)
        }
        throw .answer(url: address, found: "redirect after redirect", expected: "at most \(Self.maximumRedirects)")
    }

    private func once(_ method: HTTPMethod, _ address: String, _ range: Range<Int>?) async throws(HubError) -> Answer {
        guard let url = URL(string: address), let origin = Origin(url) else {
            throw .answer(url: address.cut(200), found: "no URL", expected: "a URL of HTTP")
        }
        var request = HTTPClientRequest(url: address)
        request.method = method
        request.headers.add(name: "User-Agent", value: "unet1d-bench")
        // A compressed answer would have another size.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        if let range { request.headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
        if origin == settings.endpoint.origin, let token = settings.token {
            request.headers.add(name: "Authorization", value: "Bearer \(token.text)")
        }
        do {
            return Answer(url: address, response: try await client.execute(request, deadline: .distantFuture))
        } catch {
            throw HubError(networkError: error, host: origin.name)
        }
    }

    /// Where an answer redirects to. What was asked for in secret is not asked for in clear.
    private func target(of answer: Answer) throws(HubError) -> String {
        let location = answer.header("Location") ?? ""
        guard let url = URL(string: location, relativeTo: URL(string: answer.url))?.absoluteURL,
            let origin = Origin(url),
            origin.scheme == "https" || !answer.url.lowercased().hasPrefix("https:")
        else {
            throw .answer(url: answer.url, found: "a redirect to \(location.quoted)", expected: "one to a URL of HTTPS")
        }
        return url.absoluteString
    }

    // MARK: - Trying again

    /// Runs `body` until it succeeds, fails for good, or has failed too often.
    func retrying<Result: Sendable>(
        _ body: () async throws(HubError) -> Result
    ) async throws(HubError) -> Result {
        var pause = Pause(settings)
        while true {
            do { return try await body() } catch { try await pause.wait(after: error) }
        }
    }

    /// How often a thing was tried in vain, and how long to wait before the next time.
    struct Pause {
        private let settings: HubSettings
        private var failures = 0

        init(_ settings: HubSettings) { self.settings = settings }

        /// Something arrived: earlier failures count no more.
        mutating func reset() { failures = 0 }

        /// - Throws: `error`, where it is of no use to try again.
        mutating func wait(after error: HubError) async throws(HubError) {
            guard error.isTransient, failures < settings.retries, !Task.isCancelled else { throw error }
            let seconds = settings.retryDelay * Double(1 << failures)
            failures += 1
            do { try await Task.sleep(for: .seconds(seconds)) } catch { throw HubError.cancelled }
        }
    }
}

extension HubSettings {
    /// The HTTP client's configuration. HTTP/2 would send all ranges over one connection.
    func configuration() throws(HubError) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try tls(), redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(Int64(connectTimeout * 1000)), read: .milliseconds(Int64(idleTimeout * 1000))),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
