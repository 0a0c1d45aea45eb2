import Glibc

/// Taking turns with other programs: says on standard output that it is somebody else's turn, and waits for a line.
enum Turns {
    /// Writes `turn` and waits for a line on standard input, or for its end. Allocates nothing.
    static func wait() {
        let word: StaticString = "turn\n"
        guard write(STDOUT_FILENO, word.utf8Start, word.utf8CodeUnitCount) == word.utf8CodeUnitCount else { return }
        var byte: UInt8 = 0
        while byte != UInt8(ascii: "\n") {
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 0 || (count < 0 && errno != EINTR) { return }
        }
    }
}
