import Memory

/// Memory that can be had without swapping.
package enum FreeMemory {
    /// Bytes for this process, by the kernel's estimate and the limits of its control groups; nil if unknown.
    /// Source: Linux, Documentation/filesystems/proc.rst (MemAvailable), admin-guide/cgroup-v2.rst (memory.max).
    ///
    /// - Parameter root: stands before the names of `/sys` and `/proc`.
    package static func bytes(root: String = "") -> Int? {
        var found = [kilobytes(of: ["MemAvailable:"], in: root + "/proc/meminfo")].compactMap { $0 }
        let files: [(limit: String, used: String)] = [
            ("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ]
        let mount = root + "/sys/fs/cgroup"
        for folder in ControlGroup.folders(root: root, controller: "memory") + [mount, mount + "/memory"] {
            for file in files {
                if let limit = SystemText.number(folder + "/" + file.limit),
                    let used = SystemText.number(folder + "/" + file.used)
                {
                    found.append(max(0, limit - used))
                }
            }
        }
        return found.min()
    }

    /// Bytes of a memory node that are free or hold what was read from files; nil if unknown.
    /// Source of the format: Linux, drivers/base/node.c.
    ///
    /// - Parameter node: the kernel's number.
    package static func bytes(ofNode node: Int, root: String = "") -> Int? {
        return kilobytes(
            of: ["MemFree:", "Active(file):", "Inactive(file):"],
            in: root + "/sys/devices/system/node/node\(node)/meminfo")
    }

    /// The sum of some lines, in bytes; nil if there is none of them.
    private static func kilobytes(of names: [String], in path: String) -> Int? {
        var sum: Int?
        for line in SystemText.lines(path) {
            let fields = SystemText.fields(line)
            guard let name = fields.firstIndex(where: { names.contains($0) }), fields.count > name + 1,
                let kilobytes = Int(fields[name + 1]), kilobytes >= 0, kilobytes < 1 << 50
            else { continue }
            sum = (sum ?? 0) + kilobytes * 1024
        }
        return sum
    }
}
