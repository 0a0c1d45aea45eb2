import Memory

/// The CPU time that Linux control groups grant this process.
enum ControlGroup {
    /// CPUs' worth of time: the least of the process's group and all groups above it, in both hierarchies; nil if
    /// none sets a limit.
    ///
    /// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst (`cpu.max`), scheduler/sched-bwc.rst (`cpu.cfs_*`).
    static func quota(root: String) -> Double? {
        folders(root: root).compactMap { unified($0) ?? legacy($0) }.min()
    }

    /// The folders of the process's group and of all groups above it, in both hierarchies, each once.
    ///
    /// In a container the path may be the host's, absent here; then the mount's own root still holds the limit.
    /// - Parameter controller: of the older hierarchies, the one that has it.
    static func folders(root: String, controller: String = "cpu") -> [String] {
        let mount = root + "/sys/fs/cgroup"
        var folders: [String] = []
        for line in SystemText.lines(root + "/proc/self/cgroup") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map { String($0) }
            guard parts.count == 3 else { continue }
            let levels = ancestors(parts[2])
            if parts[0] == "0" {
                for folder in [mount, mount + "/unified"] { folders += levels.map { folder + $0 } }
            } else if parts[1].split(separator: ",").contains(Substring(controller)) {
                // `cpu` is a link to `cpu,cpuacct` where both are mounted together.
                let together = mount + "/" + parts[1]
                let folder = SystemText.exists(together) ? together : mount + "/" + controller
                folders += levels.map { folder + $0 }
            }
        }
        return folders
    }

    /// `/a/b` → `/a/b`, `/a`, and the empty path of the mount itself.
    private static func ancestors(_ path: String) -> [String] {
        var levels = [""]
        for part in path.split(separator: "/") { levels.append(levels[levels.count - 1] + "/" + part) }
        return levels.reversed()
    }

    /// `max 100000` or `150000 100000`, in microseconds.
    private static func unified(_ folder: String) -> Double? {
        let fields = SystemText.fields(SystemText.read(folder + "/cpu.max") ?? "")
        guard fields.count == 2 else { return nil }
        return ratio(Int(fields[0]), Int(fields[1]))
    }

    /// A quota of −1 is no limit.
    private static func legacy(_ folder: String) -> Double? {
        ratio(SystemText.number(folder + "/cpu.cfs_quota_us"), SystemText.number(folder + "/cpu.cfs_period_us"))
    }

    private static func ratio(_ quota: Int?, _ period: Int?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return Double(quota) / Double(period)
    }
}
