import Memory
import Planning
import Testing
import TestSupport

@testable import UNet1D

/// Memory policies on made-up machines: the system refuses what is not there, and everything works with the same bits.
@Suite struct NodePolicyTests {
    private static func pool(nodes: Int, coresEach: Int, workers: Int, pinned: Bool = true) throws -> WorkerPool {
        var options = WorkerPool.Options()
        options.topology = Topology(nodes: nodes, coresEach: coresEach)
        options.pinned = pinned
        options.spinNanoseconds = 2_000
        return try WorkerPool(workers: workers, options: options)
    }

    /// CPUs that this machine lacks cannot be bound to; with those that it has, two made-up nodes of one core each.
    @Test(arguments: Fixture.numeric, NUMAPolicy.allCases)
    func bitsAreTheSame(fixture: Fixture, policy: NUMAPolicy) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        var usual = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(1), options: Session.Options(numa: .off))
        let expected = bits(tensors.run(&usual))
        for (nodes, cores, workers, pinned) in [(1, 2, 2, true), (2, 1, 2, true), (2, 2, 3, true), (2, 1, 2, false)] {
            let pool = try Self.pool(nodes: nodes, coresEach: cores, workers: workers, pinned: pinned)
            var session = try Session(
                model: model, shape: tensors.shape, pool: pool, options: Session.Options(numa: policy))
            #expect(session.plan.id == usual.plan.id)
            for _ in 1...2 { #expect(bits(tensors.run(&session)) == expected, "\(nodes) nodes, \(workers) workers") }
        }
    }

    struct Settled: Sendable {
        let asked: NUMAPolicy
        let nodes: Int
        let workerNodes: [Int]?
        let missing: Int
        let policy: NUMAPolicy
        let places: [WeightPlacement]
    }

    @Test(arguments: [
        Settled(asked: .auto, nodes: 1, workerNodes: [0, 0], missing: 1, policy: .off, places: [.anywhere]),
        Settled(
            asked: .auto, nodes: 2, workerNodes: [0, 1], missing: 1, policy: .replicate, places: [.node(0), .node(1)]),
        Settled(
            asked: .auto, nodes: 2, workerNodes: [0, 1], missing: .max, policy: .interleave,
            places: [.interleaved([0, 1])]),
        Settled(
            asked: .auto, nodes: 3, workerNodes: [2, 0, 2], missing: 1, policy: .replicate,
            places: [.node(0), .node(2)]),
        Settled(asked: .auto, nodes: 2, workerNodes: [1, 1], missing: 1, policy: .replicate, places: [.node(1)]),
        Settled(
            asked: .auto, nodes: 2, workerNodes: nil, missing: 1, policy: .interleave, places: [.interleaved([0, 1])]),
        Settled(
            asked: .replicate, nodes: 2, workerNodes: nil, missing: 1, policy: .interleave,
            places: [.interleaved([0, 1])]),
        Settled(asked: .off, nodes: 2, workerNodes: [0, 1], missing: 1, policy: .off, places: [.anywhere]),
        Settled(
            asked: .interleave, nodes: 1, workerNodes: [0], missing: 1, policy: .interleave, places: [.interleaved([0])]
        ),
    ])
    func policiesSettle(_ wanted: Settled) {
        let nodes = NodeArrangement(
            wanted.asked, topology: Topology(nodes: wanted.nodes, coresEach: 2), workerNodes: wanted.workerNodes
        ) { _ in wanted.missing }
        #expect(nodes.policy == wanted.policy)
        #expect(nodes.weightPlacements == wanted.places)
    }

    /// What plans of several shapes share is missing once.
    @Test func sharedWeightsAreMissingOnce() throws {
        let model = try UNet1DModel(directory: Fixture.named("real_hopper_h32").directory)
        let plans = try [32, 32, 64].map { try model.plan(ForwardShape(batch: 1, length: $0)) }
        let one = model.weights.missingBytes([plans[0]], at: [.node(0)])
        #expect(one > 0 && model.weights.missingBytes([plans[0], plans[1]], at: [.node(0)]) == one)
        let both = model.weights.missingBytes(plans, at: [.node(0)])
        #expect(both < one + model.weights.missingBytes([plans[2]], at: [.node(0)]))
        #expect(model.weights.missingBytes(plans, at: [.node(0), .node(1)]) == 2 * both)
    }

    /// Copies are counted, made once, and shared by later sessions, whichever policy found them.
    @Test func copiesAreMadeOnce() throws {
        let fixture = Fixture.named("default_3level")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let pool = try Self.pool(nodes: 2, coresEach: 1, workers: 2)
        try #require(pool.boundNodes == [0, 1] || pool.boundNodes == [1, 0] || pool.pinning.refusal != 0)
        let plan = try model.plan(tensors.shape)
        try model.packWeights(for: plan, numa: .replicate, pool: pool)
        let bytes = model.packedWeightBytes
        let copies = pool.boundNodes == nil ? 1 : 2
        #expect(bytes >= copies * plan.weightBytes && bytes < copies * (plan.weightBytes + 4096))
        let session = try Session(
            model: model, shape: tensors.shape, pool: pool,
            options: Session.Options(numa: pool.boundNodes == nil ? .replicate : .auto))
        #expect(model.packedWeightBytes == bytes)
        let report = session.placement
        #expect(report.numa == .replicate && report.weightCopies == copies)
        #expect(report.weights.pagesRequested == bytes / 4096)
        #expect(report.nodes == [0, 1] && report.usableCores == 2)
    }

    /// What the report says of pages is what the kernel says; on a machine of one node the second made-up one is refused.
    @Test func reportsTellTheTruth() throws {
        let fixture = Fixture.named("default_3level")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let pool = try Self.pool(nodes: 2, coresEach: 1, workers: 2)
        let session = try Session(
            model: model, shape: tensors.shape, pool: pool, options: Session.Options(numa: .interleave))
        let report = session.placement
        #expect(report.numaRequested == .interleave && report.numa == .interleave)
        #expect(report.memory.pagesRequested * 4096 == session.memoryBytes)
        #expect(report.cpusRequested.count == 2 && report.cpusGranted[0] == nil)
        if let obtained = report.memory.pagesGranted {
            #expect(obtained <= report.memory.pagesRequested)
            #expect(report.memory.pagesByNode.values.reduce(0, +) == report.memory.pagesRequested)
            if Topology.current.nodes.count == 1 { #expect(report.memory.refusal != 0) }
        } else {
            #expect(report.memory.queryRefusal != 0)
        }
        let off = try Session(model: model, shape: tensors.shape, pool: pool, options: Session.Options(numa: .off))
            .placement
        #expect(off.numa == .off && off.memory == NodeOutcome(pages: 0) && off.weights == NodeOutcome(pages: 0))
    }
}

extension NodeOutcome {
    fileprivate init(pages: Int) {
        self.init()
        pagesRequested = pages
        pagesGranted = pages
    }
}
