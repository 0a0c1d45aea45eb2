import Glibc

/// A program that was started, with its standard input and output in our hands. Its errors are kept for a message.
final class ChildProcess {
    private let identifier: pid_t
    private let input: Int32
    private let output: Int32
    private let errors: Int32
    private var status: Int32?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: its path, then its arguments.
    ///   - log: a new file for its errors. A pipe that nobody reads while the child runs would stop it once it is full.
    /// - Throws: `BenchError.otherBuild` where the system refuses.
    init(_ words: [String], log: String) throws(BenchError) {
        var inputs: [Int32] = [-1, -1]
        var outputs: [Int32] = [-1, -1]
        errors = open(log, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard errors >= 0, pipe(&inputs) == 0, pipe(&outputs) == 0 else {
            throw .otherBuild(program: words[0], problem: "cannot be started: \(String(cString: strerror(errno)))")
        }
        for descriptor in inputs + outputs { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputs[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let code = posix_spawn(&child, words[0], &actions, nil, &arguments, environ)
        close(inputs[0])
        close(outputs[1])
        (identifier, input, output) = (child, inputs[1], outputs[0])
        if code != 0 {
            status = code
            throw .otherBuild(program: words[0], problem: "cannot be started: \(String(cString: strerror(code)))")
        }
    }

    /// Ends it if it has not ended.
    deinit {
        close(input)
        close(output)
        if status == nil {
            kill(identifier, SIGKILL)
            _ = wait()
        }
        close(errors)
    }

    /// Gives it its turn.
    func go() { _ = write(input, "go\n", 3) }

    /// Waits for the next line of its output; nil where the output has ended.
    func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(output, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// Waits until its output ends; what is left of it.
    func rest() -> String {
        var text = ""
        while let line = line() { text += line + "\n" }
        return text
    }

    /// Waits for its end; its exit status, or 128 and the signal that ended it.
    func wait() -> Int32 {
        if let status { return status }
        var word: Int32 = 0
        while waitpid(identifier, &word, 0) < 0 {
            if errno != EINTR { return -1 }
        }
        let signal = word & 0x7F
        let status = signal == 0 ? (word >> 8) & 0xFF : 128 + signal
        self.status = status
        return status
    }

    /// The last line that it wrote to standard error, without `error:`.
    var lastWords: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let end = lseek(errors, 0, SEEK_END)
        let count = pread(errors, &buffer, buffer.count, max(0, end - off_t(buffer.count)))
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(separator: "\n").last.map(String.init) ?? "no message"
        return line.hasPrefix("error: ") ? String(line.dropFirst(7)) : line
    }
}
