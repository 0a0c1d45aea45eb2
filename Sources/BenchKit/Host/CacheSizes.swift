import FoundationEssentials

/// Sizes of the processor's caches.
/// Source: Linux, Documentation/ABI/testing/sysfs-devices-system-cpu.
enum CacheSizes {
    /// Bytes of all last-level caches of the machine together; 64 MiB if the kernel does not tell.
    static func lastLevelBytes(root: String = "") -> Int {
        let caches = caches(root: root)
        let last = caches.map(\.level).max() ?? 0
        let total = caches.filter { $0.level == last }.reduce(0) { $0 + $1.bytes }
        return total > 0 ? total : 64 << 20
    }

    /// The bytes of the last-level caches that a number of workers reach, each on a core of its own.
    static func lastLevelBytes(workers: Int, root: String = "") -> Int {
        let caches = caches(root: root)
        let last = caches.map(\.level).max() ?? 0
        let largest = caches.filter { $0.level == last }.map(\.bytes).max() ?? .max / max(1, workers)
        return min(lastLevelBytes(root: root), workers * largest)
    }

    /// Bytes of one data cache of that level, the smallest of the machine; nil if the kernel does not tell.
    static func bytes(level: Int, root: String = "") -> Int? {
        caches(root: root).filter { $0.level == level }.map(\.bytes).min()
    }

    /// Every cache that holds data, once however many processors share it.
    private static func caches(root: String) -> [(level: Int, bytes: Int)] {
        let folder = root + "/sys/devices/system/cpu"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var caches: [String: (level: Int, bytes: Int)] = [:]
        for cpu in entries where cpu.hasPrefix("cpu") && Int(cpu.dropFirst(3)) != nil {
            for index in 0..<8 {
                let cache = "\(folder)/\(cpu)/cache/index\(index)/"
                guard let level = Int(line(cache + "level")), let bytes = size(line(cache + "size")),
                    bytes > 0, line(cache + "type") != "Instruction"
                else { continue }
                caches["\(level) \(line(cache + "shared_cpu_list"))"] = (level, bytes)
            }
        }
        return Array(caches.values)
    }

    private static func line(_ path: String) -> String {
        AvailableMemory.read(path).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// `32768K` in bytes.
    private static func size(_ text: String) -> Int? {
        for (suffix, shift) in [("K", 10), ("M", 20), ("G", 30)] where text.hasSuffix(suffix) {
            return Int(text.dropLast()).map { $0 << shift }
        }
        return Int(text)
    }
}
