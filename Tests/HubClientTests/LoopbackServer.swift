import Foundation
import Glibc
import Synchronization

/// An HTTP server on the loopback interface, which answers as it is told. It lives as long as the value.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        /// Names in lower case.
        var headers: [String: String]
    }

    struct Reply: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// Bytes of the body after which the connection is cut.
        var cut: Int?
        /// Seconds before each of ten parts of the body.
        var pause = 0.0
    }

    let port: Int
    /// The requests so far.
    var requests: [Request] { log.withLock { $0 } }
    private let log: Mutex<[Request]>
    private let listener: Int32

    init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
        log = Mutex([])
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listener
        port = try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(fd, pointer, size) == 0, listen(fd, 64) == 0, getsockname(fd, pointer, &size) == 0 else {
                    throw POSIXError(.EADDRNOTAVAIL)
                }
            }
            return Int(UInt16(bigEndian: $0.pointee.sin_port))
        }
        let record: @Sendable (Request) -> Void = { [weak self] request in self?.log.withLock { $0.append(request) } }
        Thread.detachNewThread {
            while true {
                let connection = accept(fd, nil, nil)
                guard connection >= 0 else { break }
                Thread.detachNewThread {
                    while let request = Self.read(connection) {
                        record(request)
                        if !Self.write(answer(request), to: connection, isHead: request.method == "HEAD") { break }
                    }
                    close(connection)
                }
            }
            close(fd)
        }
    }

    // Wakes the thread that accepts, which closes the socket.
    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private static func read(_ connection: Int32) -> Request? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while text.suffix(4) != [13, 10, 13, 10] {
            guard recv(connection, &byte, 1, 0) == 1 else { return nil }
            text.append(byte)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return Request(method: String(words[0]), path: String(words[1]), headers: headers)
    }

    /// Whether the connection stays.
    private static func write(_ reply: Reply, to connection: Int32, isHead: Bool) -> Bool {
        var head = "HTTP/1.1 \(reply.status) Status\r\n"
        for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
        if reply.headers["Content-Length"] == nil { head += "Content-Length: \(reply.body.count)\r\n" }
        guard send(Array((head + "\r\n").utf8), to: connection) else { return false }
        if isHead { return true }
        let body = Array(reply.body.prefix(reply.cut ?? .max))
        let part = reply.pause > 0 ? max(1, (body.count + 9) / 10) : max(1, body.count)
        for start in stride(from: 0, to: body.count, by: part) {
            if reply.pause > 0 { Thread.sleep(forTimeInterval: reply.pause) }
            guard send(Array(body[start..<min(start + part, body.count)]), to: connection) else { return false }
        }
        return reply.cut == nil
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress! + done, $0.count - done, Int32(MSG_NOSIGNAL))
            }
            guard put > 0 else { return false }
            done += put
        }
        return true
    }
}
