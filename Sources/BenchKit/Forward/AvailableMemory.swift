import Checkpoint
import FoundationEssentials
import UNet1D

/// Memory that this process may still take.
public enum AvailableMemory {
    /// Bytes that can be had without swapping, by the kernel's estimate and the control group's limit; nil if unknown.
    /// Source: Linux, Documentation/filesystems/proc.rst (MemAvailable), admin-guide/cgroup-v2.rst (memory.max).
    public static func bytes(root: String = "") -> Int? {
        var found: [Int] = []
        for line in read(root + "/proc/meminfo").split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            if let kilobytes = Int(line.split(separator: " ").dropFirst().first ?? "") {
                found.append(kilobytes * 1024)
            }
        }
        let groups: [(limit: String, used: String)] = [
            ("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
        ]
        for group in groups {
            let folder = root + "/sys/fs/cgroup/"
            if let limit = number(folder + group.limit), let used = number(folder + group.used) {
                found.append(max(0, limit - used))
            }
        }
        return found.min()
    }

    /// Checks that a session of `plan`, its weights, sample and output fit.
    ///
    /// - Throws: `BenchError.memory`.
    static func check(
        _ plan: Plan, workers: Int, subject: String, available: Int? = bytes()
    ) throws(BenchError) {
        guard let available else { return }
        let ends = (plan.sampleCount + plan.outputCount) * MemoryLayout<Float>.stride
        let needed = plan.arenaBytes + plan.weightBytes + workers * plan.scratchBytesPerWorker + ends
        if needed > available { throw .memory(needed: needed, available: available, subject: subject) }
    }

    private static func number(_ path: String) -> Int? {
        Int(read(path).split(separator: "\n").first ?? "")
    }

    /// A system file's text; empty where there is none.
    static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
