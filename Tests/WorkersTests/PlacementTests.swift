import Testing

@testable import Workers

extension WorkersTests {
    /// Placement on made-up machines.
    @Suite struct Placements {
        private func machine(nodes: Int, coresEach: Int, threads: Int, allowed: [Int]? = nil) throws -> Topology {
            let tree = try MachineTree(MachineTree.files(nodes: nodes, coresEach: coresEach, threads: threads))
            return Topology(root: tree.root, allowedCPUs: allowed ?? Array(0..<(nodes * coresEach * threads)))
        }

        struct Case: Sendable {
            let workers: Int
            var policy = WorkerPool.Options.Policy.spread
            var caller: Int?
            let cpus: [Int?]
            let nodes: [Int]
        }

        /// Two nodes of two cores of two threads: node 0 has CPUs 0, 1, 4, 5 and node 1 has 2, 3, 6, 7.
        @Test(arguments: [
            Case(workers: 1, cpus: [0], nodes: [0]),
            Case(workers: 2, cpus: [0, 2], nodes: [0, 1]),
            Case(workers: 2, policy: .compact, cpus: [0, 1], nodes: [0, 0]),
            Case(workers: 3, cpus: [0, 1, 2], nodes: [0, 0, 1]),
            Case(workers: 4, cpus: [0, 1, 2, 3], nodes: [0, 0, 1, 1]),
            Case(workers: 4, policy: .compact, cpus: [0, 1, 2, 3], nodes: [0, 0, 1, 1]),
            Case(workers: 5, cpus: [0, 1, 4, 2, 3], nodes: [0, 0, 0, 1, 1]),
            Case(workers: 8, cpus: [0, 1, 4, 5, 2, 3, 6, 7], nodes: [0, 0, 0, 0, 1, 1, 1, 1]),
            Case(workers: 2, caller: 7, cpus: [7, 0], nodes: [1, 0]),
            Case(workers: 3, policy: .compact, caller: 3, cpus: [3, 2, 0], nodes: [1, 1, 0]),
            Case(workers: 9, cpus: Array(repeating: nil, count: 9), nodes: Array(repeating: 0, count: 9)),
        ])
        func places(_ wanted: Case) throws {
            let machine = try machine(nodes: 2, coresEach: 2, threads: 2)
            let placement = Placement(
                workers: wanted.workers, topology: machine, policy: wanted.policy, callerCPU: wanted.caller)
            #expect(placement.cpus == wanted.cpus)
            #expect(placement.nodes == wanted.nodes)
        }

        @Test func unbound() throws {
            let placement = Placement(
                workers: 2, topology: try machine(nodes: 2, coresEach: 2, threads: 1), pinned: false)
            #expect(placement.cpus == [nil, nil])
            #expect(placement.nodes == [0, 0])
        }

        @Test func nobodyLeavesTheMask() throws {
            let allowed = [1, 4, 6]
            let machine = try machine(nodes: 2, coresEach: 2, threads: 2, allowed: allowed)
            for workers in 1...3 {
                let cpus = Placement(workers: workers, topology: machine).cpus.compactMap { $0 }
                #expect(cpus.count == workers && Set(cpus).isSubset(of: allowed))
            }
        }

        @Test func stealsFromTheNearestFirst() throws {
            let machine = try machine(nodes: 3, coresEach: 2, threads: 1)
            let order = Placement(workers: 6, topology: machine).stealOrder(topology: machine)
            #expect(Array(order[0..<6]) == [0, 1, 2, 3, 4, 5])
            #expect(Array(order[6..<12]) == [1, 0, 2, 3, 4, 5])
            #expect(Array(order[18..<24]) == [3, 2, 4, 5, 0, 1])
            #expect(Array(order[30..<36]) == [5, 4, 2, 3, 0, 1])
            for worker in 0..<6 { #expect(Set(order[(worker * 6)..<(worker * 6 + 6)]).count == 6) }
        }
    }
}
