import FoundationEssentials

/// Sizes of the processor's caches.
enum CacheSizes {
    /// Bytes of all last-level caches of the machine together; 64 MiB if the kernel does not tell.
    /// Source: Linux, Documentation/ABI/testing/sysfs-devices-system-cpu.
    static func lastLevelBytes(root: String = "") -> Int {
        let folder = root + "/sys/devices/system/cpu"
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var sizes: [String: (level: Int, bytes: Int)] = [:]
        for cpu in entries where cpu.hasPrefix("cpu") && Int(cpu.dropFirst(3)) != nil {
            for index in 0..<8 {
                let cache = "\(folder)/\(cpu)/cache/index\(index)/"
                guard let level = Int(line(cache + "level")), let bytes = size(line(cache + "size")) else { continue }
                sizes["\(level) \(line(cache + "shared_cpu_list"))"] = (level, bytes)
            }
        }
        let last = sizes.values.map(\.level).max() ?? 0
        let total = sizes.values.filter { $0.level == last }.reduce(0) { $0 + $1.bytes }
        return total > 0 ? total : 64 << 20
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
