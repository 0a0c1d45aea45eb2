extension MappedMemory {
    /// Bytes of the mapping that the kernel has put in huge pages; nil where it does not tell. Allocates; blocks on
    /// /proc.
    ///
    /// The kernel counts by areas, which may reach beyond the mapping; of such an area no more is counted than lies in
    /// it. Source of the format: Linux, Documentation/filesystems/proc.rst, /proc/PID/smaps.
    package func hugePageBytes() -> Int? {
        let start = UInt(bitPattern: base)
        let range = start..<start + UInt(bytes)
        var inside = 0
        var total: Int?
        for line in SystemText.lines("/proc/self/smaps") {
            if let area = Self.area(line) {
                inside = area.clamped(to: range).count
            } else if inside > 0, line.hasPrefix("AnonHugePages:") {
                let kilobytes = SystemText.fields(line).compactMap { Int($0) }.first ?? 0
                total = (total ?? 0) + min(inside, kilobytes * 1024)
            }
        }
        return total
    }

    /// The addresses of a line that begins an area, `7f12-7f34 rw-p …`.
    private static func area(_ line: Substring) -> Range<UInt>? {
        let ends = line.prefix { $0 != " " }.split(separator: "-").map { UInt($0, radix: 16) }
        guard ends.count == 2, let first = ends[0], let end = ends[1], first <= end else { return nil }
        return first..<end
    }
}
