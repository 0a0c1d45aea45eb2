import CUNet1DSystem
import Glibc
import UNet1D
import Workers

/// What the machine has counted so far; two of these tell what went on between.
///
/// Source: Linux, Documentation/filesystems/proc.rst (/proc/stat).
struct SystemCounters {
    /// Seconds that the CPUs which this process may use were busy, for whomever.
    let busySeconds: Double?
    /// Seconds in which they had work, but the hypervisor ran somebody else.
    let stolenSeconds: Double?
    /// Seconds of processor time of this process.
    let ownSeconds: Double
    /// Periods in which the control group was made to wait.
    let throttledPeriods: Int?
    /// When.
    let time: UInt64

    /// Reads files; allocates.
    init(root: String = "", cpus: [Int] = Topology.current.cores.flatMap(\.cpus)) {
        var busy: Double?
        var stolen: Double?
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        for line in AvailableMemory.read(root + "/proc/stat").split(separator: "\n") where line.hasPrefix("cpu") {
            let fields = line.split(separator: " ")
            guard let cpu = Int(fields[0].dropFirst(3)), cpus.contains(cpu), fields.count > 8 else { continue }
            let times = fields.dropFirst().map { Double($0) ?? 0 }
            // user, nice, system, idle, iowait, irq, softirq, steal; guests are among the users.
            busy = (busy ?? 0) + (times[0] + times[1] + times[2] + times[5] + times[6]) / ticks
            stolen = (stolen ?? 0) + times[7] / ticks
        }
        busySeconds = busy
        stolenSeconds = stolen
        ownSeconds = Double(system_process_usage().processor_nanoseconds) / 1e9
        throttledPeriods = Topology.throttledPeriods(root: root)
        time = Clock.now
    }

    /// What was counted since an earlier reading.
    func since(_ start: SystemCounters) -> SystemUse {
        func difference<Number: Numeric>(_ count: (SystemCounters) -> Number?) -> Number? {
            guard let first = count(start), let last = count(self) else { return nil }
            return last - first
        }
        return SystemUse(
            seconds: Double(time - start.time) / 1e9, busySeconds: difference(\.busySeconds),
            stolenSeconds: difference(\.stolenSeconds), ownSeconds: ownSeconds - start.ownSeconds,
            throttledPeriods: difference(\.throttledPeriods))
    }
}

/// What others did to a measurement.
public struct Interference: Sendable, Equatable {
    /// CPUs, of those that this process may use, that others kept busy on average; nil if unknown.
    public var otherCPUs: Double?
    /// CPUs that the hypervisor took away on average; nil if unknown.
    public var stolenCPUs: Double?
    /// Periods in which the control group's quota made the process wait; nil if unknown.
    public var throttledPeriods: Int?
    /// How often the measuring thread was found on another CPU than before.
    public var cpuChanges: Int

    /// The kernel counts CPU time in ticks of 10 ms: less than half a second tells nothing.
    private static let leastSeconds = 0.5

    /// Known figures.
    public init(otherCPUs: Double?, stolenCPUs: Double?, throttledPeriods: Int?, cpuChanges: Int) {
        self.otherCPUs = otherCPUs
        self.stolenCPUs = stolenCPUs
        self.throttledPeriods = throttledPeriods
        self.cpuChanges = cpuChanges
    }

    /// What the machine counted, and how often the measuring thread changed its CPU.
    init(_ use: SystemUse, cpuChanges: Int) {
        let isLong = use.seconds >= Self.leastSeconds
        otherCPUs = isLong ? use.busySeconds.map { max(0, $0 - use.ownSeconds) / use.seconds } : nil
        stolenCPUs = isLong ? use.stolenSeconds.map { $0 / use.seconds } : nil
        throttledPeriods = use.throttledPeriods
        self.cpuChanges = cpuChanges
    }
}

extension Interference: ReportRecord {
    /// CPUs taken away, throttling, and changes of CPU.
    public static var fields: [Field<Interference>] {
        [
            Field("other_cpus", \.otherCPUs), Field("stolen_cpus", \.stolenCPUs),
            Field("throttled_periods", \.throttledPeriods), Field("cpu_changes", \.cpuChanges),
        ]
    }
}
