import Foundation

/// A made-up machine: files under a temporary folder, removed with the value.
final class MachineTree {
    let root: String

    /// - Parameter files: text by path.
    init(_ files: [String: String]) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("machine-\(UUID().uuidString)")
        root = folder.path
        for (path, text) in files {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try (text + "\n").write(to: file, atomically: false, encoding: .utf8)
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Nodes of `coresEach` cores; thread t of core c is CPU t · (all cores) + c, as Linux numbers them.
    static func files(nodes: Int, coresEach: Int, threads: Int) -> [String: String] {
        let cores = nodes * coresEach
        var files = [
            "sys/devices/system/cpu/online": "0-\(cores * threads - 1)",
            "sys/devices/system/node/online": nodes == 1 ? "0" : "0-\(nodes - 1)",
        ]
        for core in 0..<cores {
            let siblings = (0..<threads).map { "\($0 * cores + core)" }.joined(separator: ",")
            for thread in 0..<threads {
                let folder = "sys/devices/system/cpu/cpu\(thread * cores + core)/topology/"
                files[folder + "thread_siblings_list"] = siblings
            }
        }
        for node in 0..<nodes {
            let folder = "sys/devices/system/node/node\(node)/"
            files[folder + "cpulist"] = (0..<threads).map { thread in
                let first = thread * cores + node * coresEach
                return "\(first)-\(first + coresEach - 1)"
            }.joined(separator: ",")
            files[folder + "meminfo"] =
                "Node \(node) MemTotal:       \(1024 * (node + 1)) kB\nNode \(node) MemFree: 5 kB"
            files[folder + "distance"] = (0..<nodes).map { "\(10 + 11 * abs($0 - node))" }.joined(separator: " ")
        }
        return files
    }
}
