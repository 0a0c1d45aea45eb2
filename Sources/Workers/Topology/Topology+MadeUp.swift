import Memory

extension Topology {
    /// A made-up machine, to plan for machines that are not there: cores of one hardware thread, numbered node by node.
    ///
    /// - Parameters:
    ///   - nodes: 1 or more.
    ///   - coresEach: cores of each node, 1 or more.
    package init(nodes: Int, coresEach: Int) {
        precondition(nodes > 0 && coresEach > 0)
        self.init(
            nodes: (0..<nodes).map { node in
                Node(
                    id: node, cpus: Array(node * coresEach..<(node + 1) * coresEach), memoryBytes: 0,
                    distances: (0..<nodes).map { $0 == node ? 10 : 20 })
            },
            cores: (0..<nodes * coresEach).map { Core(cpus: [$0], node: $0 / coresEach) },
            quota: nil, memoryNodes: Array(0..<nodes))
    }

    /// Places of the nodes that have cores which this process may use, ascending.
    package var nodesWithCores: [Int] { Set(cores.map(\.node)).sorted() }

    /// For each node the kernel's number of the node on which its workers' memory should lie: itself, or the nearest
    /// that has memory and may be used.
    static func memoryNodes(_ nodes: [Node], allowed: [Int]?) -> [Int] {
        // Where no node tells its memory, all have some.
        let isKnown = nodes.contains { $0.memoryBytes > 0 }
        let usable = nodes.indices.filter { index in
            (nodes[index].memoryBytes > 0 || !isKnown) && (allowed?.contains(nodes[index].id) ?? true)
        }
        return nodes.map { node in
            let nearest = usable.min { node.distances[$0] < node.distances[$1] }
            return nearest.map { nodes[$0].id } ?? node.id
        }
    }

    /// The nodes on which this process may have memory; nil if the kernel does not tell.
    /// Source: Linux, Documentation/filesystems/proc.rst, Mems_allowed_list.
    static func allowedMemory(root: String) -> [Int]? {
        for line in SystemText.lines(root + "/proc/self/status") {
            let fields = SystemText.fields(line)
            if fields.count == 2, fields[0] == "Mems_allowed_list:" { return SystemText.list(fields[1]) }
        }
        return nil
    }
}
