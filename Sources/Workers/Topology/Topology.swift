import Memory

/// The processors and memory nodes of a machine, as far as this process may use them.
public struct Topology: Sendable, Equatable {
    /// A memory node. Nodes without usable CPUs stay, as memory may be placed on them.
    public struct Node: Sendable, Equatable {
        /// The kernel's number.
        public let id: Int
        /// Its CPUs that this process may use, ascending.
        public let cpus: [Int]
        /// Its memory; 0 if unknown.
        public let memoryBytes: UInt64
        /// The distance to each node of `Topology.nodes`, in their order; 10 is the node itself.
        public let distances: [Int]
    }

    /// A physical core: its CPUs (hardware threads) that this process may use, ascending.
    public struct Core: Sendable, Equatable {
        /// Never empty.
        public let cpus: [Int]
        /// Index in `Topology.nodes`.
        public let node: Int
    }

    /// At least one, by the kernel's number.
    public let nodes: [Node]

    /// The physical cores that this process may use, at least one, by their first CPU.
    public let cores: [Core]

    /// CPUs' worth of time that the control group grants, nil if it sets no limit.
    public let quota: Double?

    /// For each node the kernel's number of the node for its workers' memory: itself where it has memory that this
    /// process may use, else the nearest that does.
    package let memoryNodes: [Int]

    /// Physical cores that this process may keep busy: those its affinity mask allows, or fewer if a quota is lower
    /// (rounded down). At least 1.
    public var usableCores: Int {
        guard let quota else { return cores.count }
        return max(1, min(cores.count, Int(min(quota, 1e6))))
    }

    /// The machine, with the affinity mask of the thread that reads this first.
    public static let current = Topology()

    /// Reads a machine. Whatever is missing degrades: without nodes there is one, without core numbers each CPU is a
    /// core, without CPUs there are those of the mask.
    ///
    /// - Parameters:
    ///   - root: stands before the names of `/sys` and `/proc`.
    ///   - allowedCPUs: the CPUs that the process may use; nil: the calling thread's affinity mask.
    package init(root: String = "", allowedCPUs: [Int]? = nil) {
        let allowed = allowedCPUs ?? AffinityMask.cpus(AffinityMask.get().mask)
        let cpus = Self.usableCPUs(root: root, allowed: allowed)
        let found = Self.readNodes(root: root, cpus: cpus)
        nodes = found
        cores = Self.readCores(root: root, cpus: cpus, nodes: found)
        quota = ControlGroup.quota(root: root)
        memoryNodes = Self.memoryNodes(found, allowed: Self.allowedMemory(root: root))
    }

    init(nodes: [Node], cores: [Core], quota: Double?, memoryNodes: [Int]) {
        self.nodes = nodes
        self.cores = cores
        self.quota = quota
        self.memoryNodes = memoryNodes
    }

    /// Online CPUs that are allowed; never empty.
    private static func usableCPUs(root: String, allowed: [Int]) -> [Int] {
        let online = SystemText.read(root + "/sys/devices/system/cpu/online").flatMap { SystemText.list($0) } ?? []
        let cpus = online.isEmpty ? allowed : online.filter { Set(allowed).contains($0) }
        if !cpus.isEmpty { return cpus.sorted() }
        return online.isEmpty ? [0] : online
    }

    private static func readNodes(root: String, cpus: [Int]) -> [Node] {
        let folder = root + "/sys/devices/system/node/"
        let ids = SystemText.read(folder + "online").flatMap { SystemText.list($0) } ?? []
        var nodes: [Node] = []
        var homeless = Set(cpus)
        for id in ids {
            let listed = SystemText.read(folder + "node\(id)/cpulist").flatMap { SystemText.list($0) } ?? []
            let own = listed.filter { homeless.contains($0) }
            homeless.subtract(own)
            let distances = SystemText.fields(SystemText.read(folder + "node\(id)/distance") ?? "").map { Int($0) ?? 0 }
            nodes.append(
                Node(
                    id: id, cpus: own, memoryBytes: memoryBytes(folder + "node\(id)/meminfo"),
                    distances: distances.count == ids.count ? distances : ids.map { $0 == id ? 10 : 20 }))
        }
        if nodes.isEmpty { return [Node(id: 0, cpus: cpus, memoryBytes: 0, distances: [10])] }
        if !homeless.isEmpty {
            let first = nodes[0]
            nodes[0] = Node(
                id: first.id, cpus: (first.cpus + homeless).sorted(), memoryBytes: first.memoryBytes,
                distances: first.distances)
        }
        return nodes
    }

    /// Source of the format: Linux, drivers/base/node.c, `Node 0 MemTotal:  16384 kB`.
    private static func memoryBytes(_ path: String) -> UInt64 {
        for line in SystemText.lines(path) {
            let fields = SystemText.fields(line)
            if fields.count >= 4, fields[2] == "MemTotal:", let kilobytes = UInt64(fields[3]), kilobytes < 1 << 50 {
                return kilobytes * 1024
            }
        }
        return 0
    }

    /// Groups CPUs by the first of their hardware threads.
    private static func readCores(root: String, cpus: [Int], nodes: [Node]) -> [Core] {
        var threads: [Int: [Int]] = [:]
        for cpu in cpus {
            let folder = root + "/sys/devices/system/cpu/cpu\(cpu)/topology/"
            let text = SystemText.read(folder + "core_cpus_list") ?? SystemText.read(folder + "thread_siblings_list")
            let first = text.flatMap { SystemText.list($0) }?.first ?? cpu
            threads[first, default: []].append(cpu)
        }
        return threads.values.sorted { $0[0] < $1[0] }.map { cpus in
            Core(cpus: cpus, node: nodes.firstIndex { $0.cpus.contains(cpus[0]) } ?? 0)
        }
    }
}
