import Glibc
public import UNet1D

/// The machine and the program that a report is about.
public struct Host: Sendable, Equatable {
    /// The processor's name.
    public var cpu: String
    /// Physical cores that this process may use.
    public var cores: Int
    /// Memory nodes.
    public var numaNodes: Int
    /// The operating system and its kernel.
    public var os: String
    /// The program's version.
    public var version: String
    /// Multiply-add peak of the workers, found by a probe, in GFLOP/s; nil if it was not probed, for want of
    /// memory for example.
    public var peakGflops: Double?
    /// Reading bandwidth of the workers beyond the caches, found by a probe, in GB/s; nil if it was not probed,
    /// for want of memory for example.
    public var bandwidthGBs: Double?
    /// Reading bandwidth of the workers from the last-level cache, found by a probe, in GB/s; nil if it was not probed.
    public var cacheBandwidthGBs: Double?

}

extension Host {
    /// This machine, without probes. Blocks on the disk.
    public static func current() -> Host {
        Host(
            cpu: processorName(), cores: Topology.current.cores.count, numaNodes: Topology.current.nodes.count,
            os: operatingSystem(), version: benchVersion)
    }

    /// Finds peak and bandwidths with the workers of `pool`, in about half a second. Where the system
    /// refuses the memory for a probe, its figure stays nil.
    public mutating func probe(_ pool: WorkerPool) {
        peakGflops = try? PeakProbe().gflops(pool, nanoseconds: 100_000_000)
        cacheBandwidthGBs = bandwidth(.last, pool)
        bandwidthGBs = bandwidth(.memory, pool)
    }

    private func bandwidth(_ level: ReadProbe.Level, _ pool: WorkerPool) -> Double? {
        (try? ReadProbe(level, workers: pool.workers)).map { $0.bandwidth(pool, nanoseconds: 100_000_000) / 1e9 }
    }

    /// Source: Linux, arch/x86/kernel/cpu/proc.c, `model name`.
    private static func processorName() -> String {
        let line = AvailableMemory.read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":", maxSplits: 1).last ?? ""
        return name.split(separator: " ").joined(separator: " ")
    }

    private static func operatingSystem() -> String {
        var name = utsname()
        uname(&name)
        let kernel = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let pretty = AvailableMemory.read("/etc/os-release").split(separator: "\n")
            .first { $0.hasPrefix("PRETTY_NAME=") }?
            .dropFirst("PRETTY_NAME=".count)
        let system = pretty.map { $0.filter { $0 != "\"" } } ?? "Linux"
        return "\(system), kernel \(kernel)"
    }
}

extension Host: ReportRecord {
    /// The machine and what its probes found.
    public static var fields: [Field<Host>] {
        [
            Field("cpu", \.cpu), Field("cores", \.cores), Field("numa_nodes", \.numaNodes), Field("os", \.os),
            Field("version", \.version), Field("peak_gflops", .gflops, \.peakGflops),
            Field("bandwidth_gbs", .gigabytesPerSecond, \.bandwidthGBs),
            Field("cache_bandwidth_gbs", .gigabytesPerSecond, \.cacheBandwidthGBs),
        ]
    }
}

/// The version of the program.
public let benchVersion = "0.1.0"
