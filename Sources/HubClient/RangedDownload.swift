import NIOCore

/// The rest of a file, fetched by several ranges at once where it is large.
///
/// - A range that is cut goes on from where it was.
/// - The ranges that may be under way begin within a window behind the bytes on the disk, which bounds what waits in memory.
/// - A server that ignores ranges sends the whole file; then there is one request, and the bytes before are passed over.
struct RangedDownload: Sendable {
    let transport: HubTransport
    let request: HubRequest
    let commit: String
    let file: FileMetadata
    let writer: PrefixWriter

    private var settings: HubSettings { transport.settings }

    private enum Outcome { case complete, ignoresRanges }

    /// Fetches what is missing behind the writer's position.
    ///
    /// - Throws: any `HubError`.
    func run() async throws(HubError) {
        let start = await writer.position
        if file.size - start > settings.rangeBytes {
            if try await ranges(from: start) == .complete { return }
            await writer.forgetEarly()
        }
        let rest = await writer.position..<file.size
        if !rest.isEmpty { _ = try await fetch(rest, alone: true) }
    }

    private func ranges(from start: Int) async throws(HubError) -> Outcome {
        let bytes = settings.rangeBytes
        do {
            return try await withThrowingTaskGroup(of: Outcome.self) { group in
                var next = start
                func fill() async {
                    let window = await writer.position + bytes * settings.parallelRanges
                    while next < min(window, file.size) {
                        let range = next..<min(next + bytes, file.size)
                        group.addTask { try await fetch(range, alone: false) }
                        next = range.upperBound
                    }
                }
                await fill()
                while let outcome = try await group.next() {
                    if outcome == .ignoresRanges {
                        group.cancelAll()
                        while await group.nextResult() != nil {}
                        return .ignoresRanges
                    }
                    await fill()
                }
                return .complete
            }
        } catch {
            throw error as? HubError ?? HubError.cancelled
        }
    }

    /// Fetches a range, in as many pieces as the connections make of it.
    private func fetch(_ range: Range<Int>, alone: Bool) async throws(HubError) -> Outcome {
        var offset = range.lowerBound
        var pause = HubTransport.Pause(settings)
        while true {
            let before = offset
            do {
                return try await receive(range, from: &offset, alone: alone)
            } catch {
                if offset > before { pause.reset() }
                try await pause.wait(after: error)
            }
        }
    }

    private func receive(_ range: Range<Int>, from offset: inout Int, alone: Bool) async throws(HubError) -> Outcome {
        let address = settings.endpoint.file(file.path, of: request.repository, commit: commit)
        let wantsAll = offset == 0 && range.upperBound == file.size
        let answer = try await transport.send(.GET, address, range: wantsAll ? nil : offset..<range.upperBound)
        // Bytes of the answer before those that are wanted.
        var before = 0
        switch answer.status {
        case 200 where alone || wantsAll: before = offset
        case 200: return .ignoresRanges
        case 206:
            let expected = "bytes \(offset)-\(range.upperBound - 1)/\(file.size)"
            let found = answer.header("Content-Range") ?? ""
            guard found == expected else {
                throw .answer(url: answer.url, found: "Content-Range \(found.quoted)", expected: expected)
            }
        default: throw request.refusal(answer, settings: settings, file: file.path, commit: commit)
        }
        do {
            for try await var buffer in answer.response.body {
                let passed = min(before, buffer.readableBytes)
                buffer.moveReaderIndex(forwardBy: passed)
                before -= passed
                if buffer.readableBytes == 0 { continue }
                guard buffer.readableBytes <= range.upperBound - offset else {
                    throw HubError.answer(
                        url: answer.url, found: "more bytes than that", expected: "\(file.size) bytes of \(file.path)")
                }
                try await writer.write(buffer, at: offset)
                offset += buffer.readableBytes
            }
        } catch {
            throw HubError(networkError: error, host: answer.host)
        }
        guard offset == range.upperBound else {
            throw .network(host: answer.host, reason: "the connection was cut")
        }
        return .complete
    }
}
