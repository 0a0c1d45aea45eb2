import Glibc

extension MappedMemory {
    /// Bytes of the mapping that the kernel has put in huge pages; nil where it does not tell. Allocates; blocks on
    /// /proc.
    ///
    /// The kernel counts by areas, which may reach beyond the mapping; of such an area no more is counted than lies in
    /// it. Source of the format: Linux, Documentation/filesystems/proc.rst, /proc/PID/smaps.
    package func hugePageBytes() -> Int? {
        guard let file = fopen("/proc/self/smaps", "re") else { return nil }
        defer { fclose(file) }
        let start = UInt(bitPattern: base)
        let range = start..<start + UInt(bytes)
        var line = [CChar](repeating: 0, count: 1024)
        var inside = 0
        var total: Int?
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if let area = Self.area(text) {
                inside = area.clamped(to: range).count
            } else if inside > 0, text.hasPrefix("AnonHugePages:") {
                let kilobytes = text.split(separator: " ").compactMap { Int($0) }.first ?? 0
                total = (total ?? 0) + min(inside, kilobytes * 1024)
            }
        }
        return total
    }

    /// The addresses of a line that begins an area, `7f12-7f34 rw-p …`.
    private static func area(_ line: String) -> Range<UInt>? {
        let ends = line.prefix { $0 != " " }.split(separator: "-").map { UInt($0, radix: 16) }
        guard ends.count == 2, let first = ends[0], let end = ends[1], first <= end else { return nil }
        return first..<end
    }
}
