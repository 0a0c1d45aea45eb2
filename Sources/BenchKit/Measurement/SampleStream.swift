import Checkpoint
import Glibc

/// Where the lines of a run's forwards go while it is measured: to a file that appears when it is whole, or to standard
/// output. The form is that of `JSONLinesReport`.
public final class SampleStream {
    /// Forwards whose lines are written at once.
    static let chunk = 1024

    /// Whether the reader of standard output went away: nobody wants more.
    private(set) var isClosed = false

    private let file: PendingFile?
    private let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SampleStream.chunk * SampleLine.mostBytes, alignment: 16)

    /// Makes a file beside `path`, which takes its place at the end; or writes to standard output where there is none.
    ///
    /// - Throws: `BenchError.file`.
    public init(to path: String?) throws(BenchError) {
        do throws(CheckpointError) { file = if let path { try PendingFile(path) } else { nil } } catch {
            throw .file(error)
        }
        // Touched now, so that it is not while forwards are measured.
        room.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { room.deallocate() }

    /// Writes the lines of forwards, at most `chunk` of them, the first of them that of a number. Allocates nothing; blocks
    /// on the disk or on a reader.
    ///
    /// - Throws: `BenchError.file`, `BenchError.output`.
    func write(_ nanoseconds: UnsafeBufferPointer<UInt64>, first: Int) throws(BenchError) {
        var end = 0
        for (index, time) in nanoseconds.enumerated() {
            SampleLine(run: 0, forward: first + index, nanoseconds: time).write { byte in
                room[end] = byte
                end += 1
            }
        }
        try put(UnsafeRawBufferPointer(rebasing: room[..<end]))
    }

    /// Writes the line that ends the run, and gives the file its name.
    ///
    /// - Throws: `BenchError.file`, `BenchError.output`; there is then no file.
    public func finish(_ report: Report) throws(BenchError) {
        var line = JSONLinesReport.line(of: report, at: 0)
        let result = line.withUTF8 { bytes in
            Result { () throws(BenchError) in try put(UnsafeRawBufferPointer(bytes)) }
        }
        try result.get()
        do throws(CheckpointError) {
            try file?.finish()
            try file?.publish()
        } catch { throw .file(error) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(BenchError) {
        if let file {
            do throws(CheckpointError) { try file.write(bytes.bytes) } catch { throw .file(error) }
        } else if !isClosed, let code = Descriptor.write(bytes, to: STDOUT_FILENO) {
            guard code == EPIPE else { throw .output(reason: String(cString: strerror(code))) }
            isClosed = true
        }
    }
}
