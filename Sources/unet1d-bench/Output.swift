import BenchKit
import Checkpoint
import Glibc

/// Where reports go.
enum Output {
    /// Writes to `file`, whole or not at all, or to standard output.
    ///
    /// - Throws: `BenchError.file`, `BenchError.output`. A reader of standard output that went away is no error.
    static func write(_ text: String, to file: String?) throws(BenchError) {
        if let file {
            do throws(CheckpointError) { try AtomicFile.write(Array(text.utf8), to: file) } catch { throw .file(error) }
        } else if let code = write(Array(text.utf8), to: STDOUT_FILENO), code != EPIPE {
            throw .output(reason: String(cString: strerror(code)))
        }
    }

    /// Checks that the file of an option can be made or replaced, before the work that it is for.
    ///
    /// - Throws: `BenchError.file`; `BenchError.option` for no name.
    static func check(_ file: String?, option: String = "output") throws(BenchError) {
        guard let file else { return }
        if file.isEmpty { throw .option(name: option, found: "", expected: "a file") }
        do throws(CheckpointError) { try AtomicFile.check(file) } catch { throw .file(error) }
    }

    /// Writes all bytes; the error number where that fails.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if put > 0 {
                done += put
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
