import Foundation

/// Whether the kernel may gather pages into huge ones.
package enum PageSizes {
    /// Whether it may not at an address, by the flag `nh` of its area; nil where the kernel has no such flag, as without huge pages.
    /// Source of the format: Linux, Documentation/filesystems/proc.rst, /proc/PID/smaps.
    package static func areKept(at address: UnsafeRawPointer) -> Bool? {
        guard access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0,
            let smaps = try? String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)
        else { return nil }
        var isInside = false
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").map { UInt($0, radix: 16) }
            if ends.count == 2, let first = ends[0], let end = ends[1] {
                isInside = (first..<end).contains(UInt(bitPattern: address))
            } else if isInside, words[0] == "VmFlags:" {
                return words.contains("nh")
            }
        }
        return nil
    }
}
