import AsyncHTTPClient
import Checkpoint
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension HubSettings {
    /// Whom to trust.
    ///
    /// - Throws: `environment`, for a file that holds no certificates.
    func tls() throws(HubError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificates {
            do { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificates)) } catch {
                throw .environment(
                    variable: "SSL_CERT_FILE", found: certificates, expected: "a PEM file of certificates")
            }
        }
        return tls
    }
}

extension HubError {
    /// What stands for work that was called off, for which another failure is the reason.
    static let cancelled = HubError.network(host: "hub", reason: "the download was called off")

    /// Whether the same request may succeed later.
    var isTransient: Bool {
        switch self {
        case .network, .server, .tooManyRequests: true
        default: false
        }
    }

    /// An error of the HTTP client.
    init(networkError error: any Error, host: String) {
        if let error = error as? HubError {
            self = error
        } else if let reason = Self.certificateProblem(error) {
            self = .certificate(host: host, reason: reason)
        } else {
            self = .network(host: host, reason: Self.reason(error))
        }
    }

    private static func certificateProblem(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let cause) where "\(cause)".contains("CERTIFICATE_VERIFY_FAILED"):
            "no authority vouches for it"
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: "it cannot be validated"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: "it is that of another host"
        default: nil
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? "the host's name is unknown"
        case let error as IOError: system(error.errnoCode)
        case ChannelError.connectTimeout: system(ETIMEDOUT)
        case let error as HTTPClientError where [.connectTimeout, .readTimeout].contains(error): system(ETIMEDOUT)
        case let error as HTTPClientError where [.remoteConnectionClosed, .uncleanShutdown].contains(error):
            system(ECONNRESET)
        case let error as HTTPParserError where error == .invalidEOFState: system(ECONNRESET)
        default: "\(error)".cut(200)
        }
    }

    private static func system(_ code: Int32) -> String {
        switch code {
        case ECONNREFUSED: "refuses connections"
        case ECONNRESET, EPIPE: "the connection was cut"
        case ENETUNREACH, EHOSTUNREACH: "there is no way to it"
        case ETIMEDOUT: "no answer in time"
        default: "error \(code)"
        }
    }
}
