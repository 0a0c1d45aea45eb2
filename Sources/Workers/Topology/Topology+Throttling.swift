import Memory

extension Topology {
    /// Periods in which the process's control group, or one above it, used up its quota and was made to wait; nil if no
    /// group counts them. Reads files.
    ///
    /// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst (`cpu.stat`).
    ///
    /// - Parameter root: stands before the names of `/sys` and `/proc`.
    package static func throttledPeriods(root: String = "") -> Int? {
        let counts = ControlGroup.folders(root: root).compactMap { folder in
            SystemText.lines(folder + "/cpu.stat").first { $0.hasPrefix("nr_throttled ") }
                .flatMap { Int($0.dropFirst("nr_throttled ".count)) }
        }
        return counts.isEmpty ? nil : counts.reduce(0, +)
    }
}
