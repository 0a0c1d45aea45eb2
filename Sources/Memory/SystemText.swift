import Glibc

/// Reading the small text files in which Linux describes machine and process.
///
/// Whoever reads below /sys and /proc takes a `root` that stands before these names: empty for this machine.
package enum SystemText {
    /// The text of a file, without white space at the end; nil if it cannot be read or has more than 64 MiB.
    package static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        var count = 0
        while true {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + count, $0.count - count) }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { return nil }
            if got == 0 { break }
            count += got
            if count < bytes.count { continue }
            if count >= 1 << 26 { return nil }
            bytes += [UInt8](repeating: 0, count: count)
        }
        while count > 0 && bytes[count - 1] <= 32 { count -= 1 }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The lines of a file that are not empty; none if it cannot be read.
    package static func lines(_ path: String) -> [Substring] { (read(path) ?? "").split(separator: "\n") }

    /// Whether there is a file or a folder of that name.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A file that holds one whole number.
    package static func number(_ path: String) -> Int? { read(path).flatMap { Int($0) } }

    /// A list such as `0-3,8,10-11`, ascending; nil if it is not one. Numbers beyond 65535 are refused.
    package static func list(_ text: String) -> [Int]? {
        var numbers: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                first >= 0, first <= last, last < 65536
            else { return nil }
            numbers.formUnion(first...last)
        }
        return numbers.sorted()
    }

    /// The fields of a line that white space separates.
    package static func fields(_ line: some StringProtocol) -> [String] {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
    }
}
