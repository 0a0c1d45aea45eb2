import UNet1D

/// Under which conditions a measurement was made: what `Warnings` judges.
struct Conditions {
    /// Milliseconds of every forward.
    var samples: [Double]
    /// Forwards during which a thread was switched out.
    var switchedOut = 0
    /// The machine's own noise; nil if it was not probed.
    var probe: Statistics?
    /// What others did meanwhile.
    var interference: Interference?
    /// Processes that ran or waited to run, on average over the minute before; nil if unknown.
    var load: Double?
    /// Workers beside the caller that are not bound to a CPU.
    var unboundWorkers = 0
    /// The error number with which binding was refused, 0 if it was not.
    var bindingRefusal: Int32 = 0
    /// Workers, the caller among them.
    var workers = 1
    /// Physical cores that the process may keep busy.
    var usableCores = 1
    /// Periods in which no forward could start.
    var missedPeriods = 0
    /// Whether a deadline was requested.
    var hasDeadline = false
    /// Whether caches were evicted.
    var isCold = false
    /// How clock rates are decided.
    var clock = ClockRate()
}

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
