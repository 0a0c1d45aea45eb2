import UNet1D

/// How the system decides clock rates. Source: Linux, Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst.
struct ClockRate: Equatable {
    /// A governor of a CPU that is not `performance`; nil if there is none, or nobody tells.
    var governor: String?
    /// Whether clock rates above the nominal one are allowed, as long as heat and power permit.
    var boosts = false

    /// Nothing is known.
    init() {}

    /// The frequency conditions of the CPUs that the process may use. Reads files.
    init(root: String, cpus: [Int]) {
        let folder = root + "/sys/devices/system/cpu"
        func word(_ path: String) -> String? {
            AvailableMemory.read(folder + path).split(separator: "\n").first.map { String($0) }
        }
        governor = cpus.lazy.compactMap { word("/cpu\($0)/cpufreq/scaling_governor") }.first { $0 != "performance" }
        boosts = word("/cpufreq/boost") == "1" || word("/intel_pstate/no_turbo") == "0"
    }

    /// This machine's.
    static var current: ClockRate { ClockRate(root: "", cpus: Topology.current.cores.flatMap(\.cpus)) }
}
