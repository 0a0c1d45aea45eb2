import Testing

@testable import Workers

extension WorkersTests {
    /// Machines read from made-up trees.
    @Suite struct Topologies {
        @Test func twoNodesOfTwoThreadedCores() throws {
            let tree = try MachineTree(MachineTree.files(nodes: 2, coresEach: 4, threads: 2))
            let machine = Topology(root: tree.root, allowedCPUs: Array(0..<16))
            #expect(machine.nodes.map(\.id) == [0, 1])
            #expect(machine.nodes.map(\.cpus) == [[0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]])
            #expect(machine.nodes.map(\.memoryBytes) == [1 << 20, 2 << 20])
            #expect(machine.nodes.map(\.distances) == [[10, 21], [21, 10]])
            #expect(machine.cores.map(\.cpus) == (0..<8).map { [$0, $0 + 8] })
            #expect(machine.cores.map(\.node) == [0, 0, 0, 0, 1, 1, 1, 1])
            #expect(machine.quota == nil)
            #expect(machine.usableCores == 8)
        }

        @Test(arguments: [
            ([0], 1), ([0, 8], 1), ([0, 1], 2), ([8, 9, 12], 3), (Array(4..<8), 4), ([99], 8), ([], 8),
        ])
        func affinityMask(allowed: [Int], usable: Int) throws {
            let tree = try MachineTree(MachineTree.files(nodes: 2, coresEach: 4, threads: 2))
            #expect(Topology(root: tree.root, allowedCPUs: allowed).usableCores == usable)
        }

        @Test func emptyTree() throws {
            let tree = try MachineTree([:])
            let machine = Topology(root: tree.root, allowedCPUs: [2, 3, 5])
            #expect(machine.nodes == [.init(id: 0, cpus: [2, 3, 5], memoryBytes: 0, distances: [10])])
            #expect(machine.cores.map(\.cpus) == [[2], [3], [5]])
            #expect(Topology(root: tree.root, allowedCPUs: []).usableCores == 1)
        }

        @Test func nonsenseDegrades() throws {
            var files = MachineTree.files(nodes: 2, coresEach: 2, threads: 1)
            files["sys/devices/system/node/node1/distance"] = "ten"
            files["sys/devices/system/node/node0/cpulist"] = "0-"
            files["sys/devices/system/node/node1/meminfo"] = "Node 1 MemTotal: -3 kB"
            files["sys/devices/system/cpu/cpu1/topology/thread_siblings_list"] = "4294967296-9"
            let tree = try MachineTree(files)
            let machine = Topology(root: tree.root, allowedCPUs: [0, 1, 2, 3])
            #expect(machine.nodes.map(\.cpus) == [[0, 1], [2, 3]])
            #expect(machine.nodes[1].distances == [20, 10])
            #expect(machine.nodes[1].memoryBytes == 0)
            #expect(machine.cores.count == 4)
        }

        @Test(
            arguments: [
                (["proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "150000 100000"], 1.5),
                (["proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "300000 100000"], 3),
                (
                    [
                        "proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "300000 100000",
                        "sys/fs/cgroup/a/b/cpu.max": "max 100000",
                    ], 3
                ),
                (["proc/self/cgroup": "0::/elsewhere", "sys/fs/cgroup/cpu.max": "50000 100000"], 0.5),
                (
                    [
                        "proc/self/cgroup": "3:cpu,cpuacct:/x\n0::/",
                        "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "200000",
                        "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000",
                    ], 2
                ),
                (
                    [
                        "proc/self/cgroup": "3:cpu:/x", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
                    ], nil
                ),
                (["proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "lots"], nil),
            ] as [([String: String], Double?)])
        func controlGroupQuota(files: [String: String], quota: Double?) throws {
            let machine = MachineTree.files(nodes: 1, coresEach: 8, threads: 1)
            let tree = try MachineTree(files.merging(machine) { own, _ in own })
            let topology = Topology(root: tree.root, allowedCPUs: Array(0..<8))
            #expect(topology.quota == quota)
            #expect(topology.usableCores == max(1, Int(quota ?? 8)))
        }

        @Test func thisMachine() {
            let machine = Topology.current
            #expect(machine.usableCores >= 1)
            #expect(machine.cores.allSatisfy { !$0.cpus.isEmpty && machine.nodes.indices.contains($0.node) })
        }

        @Test func madeUp() {
            let machine = Topology(nodes: 2, coresEach: 3)
            #expect(machine.nodes.map(\.cpus) == [[0, 1, 2], [3, 4, 5]])
            #expect(machine.cores.map(\.node) == [0, 0, 0, 1, 1, 1])
            #expect(machine.usableCores == 6 && machine.nodesWithCores == [0, 1] && machine.memoryNodes == [0, 1])
            #expect(Placement(workers: 4, topology: machine).nodes == [0, 0, 1, 1])
        }

        /// Nodes without memory, or whose memory this process may not use, take the nearest that has some.
        @Test(
            arguments: [
                ([:], [0, 1, 2]),
                (["sys/devices/system/node/node1/meminfo": "Node 1 MemTotal: 0 kB"], [0, 0, 2]),
                (["proc/self/status": "Name:\tx\nMems_allowed_list:\t1-2"], [1, 1, 2]),
                (["proc/self/status": "Mems_allowed_list:\t2"], [2, 2, 2]),
                (["proc/self/status": "Mems_allowed_list:\t9"], [0, 1, 2]),
            ] as [([String: String], [Int])])
        func nodesForMemory(files: [String: String], expected: [Int]) throws {
            let machine = MachineTree.files(nodes: 3, coresEach: 1, threads: 1)
            let tree = try MachineTree(files.merging(machine) { own, _ in own })
            #expect(Topology(root: tree.root, allowedCPUs: [0, 1, 2]).memoryNodes == expected)
        }

        @Test func freeMemory() throws {
            let tree = try MachineTree([
                "sys/devices/system/node/node1/meminfo":
                    "Node 1 MemTotal: 900 kB\nNode 1 MemFree: 5 kB\nNode 1 Active(file): 3 kB\nNode 1 Inactive(file): 2 kB"
            ])
            #expect(FreeMemory.bytes(ofNode: 1, root: tree.root) == 10 * 1024)
            #expect(FreeMemory.bytes(ofNode: 0, root: tree.root) == nil)
            #expect(FreeMemory.bytes(root: tree.root) == nil)
        }
    }
}
