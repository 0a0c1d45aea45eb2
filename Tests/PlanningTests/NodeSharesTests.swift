import Checkpoint
import KernelDispatch
import Testing

@testable import Planning

/// A configuration, a shape and an accuracy that give each kind of operation, with many tiles and with few.
struct PlanCase: Sendable, CustomStringConvertible {
    let name: String
    let configuration: UNet1DConfiguration
    let shape: ForwardShape
    var accuracy = Accuracy.fast

    var description: String { "\(name), batch \(shape.batch) × \(shape.length), \(accuracy)" }

    func plan() throws -> Plan {
        try Plan(
            network: try Network(configuration), shape: shape, implementation: .best, accuracy: accuracy
        )
    }

    static let all: [PlanCase] = {
        var value = ShapeTests.resnetType
        value.upBlockTypes = []
        value.midBlockType = .valueFunctionMidBlock1D
        value.outBlockType = .valueFunction
        value.downBlockTypes = [.downResnetBlock1D, .downResnetBlock1D, .downResnetBlock1D]
        value.blockOutChannels = [32, 64, 128]
        return Accuracy.allCases.flatMap { accuracy in
            [(1, 4096), (3, 512), (20, 64)].map {
                PlanCase(
                    name: "kernel type", configuration: ShapeTests.kernelType,
                    shape: ForwardShape(batch: $0, length: $1), accuracy: accuracy)
            }
                + [(1, 32), (64, 32), (5, 256)].map {
                    PlanCase(
                        name: "resnet type", configuration: ShapeTests.resnetType,
                        shape: ForwardShape(batch: $0, length: $1), accuracy: accuracy)
                }
                + [
                    PlanCase(
                        name: "value head", configuration: value,
                        shape: ForwardShape(batch: 4, length: 16, timesteps: 4), accuracy: accuracy)
                ]
        }
    }()
}

/// Who touches which bytes, from the tiles that workers claim.
@Suite struct NodeSharesTests {
    /// Tiles of a range, as blocks of rows and columns, each exactly once.
    @Test(arguments: [1, 3, 7], 0..<10)
    func blocksCoverTiles(inner: Int, first: Int) {
        for end in first..<30 {
            let covered = TileBlocks(first..<end, inner: inner).blocks.flatMap { outer, inner2 in
                outer.flatMap { row in inner2.map { row * inner + $0 } }
            }
            #expect(covered == Array(first..<end))
        }
    }

    /// However an operation's tiles are cut in two, both halves together write what the whole writes, byte by byte, and the whole
    /// writes what the operation says.
    @Test(arguments: PlanCase.all)
    func halvesWriteTheWhole(_ wanted: PlanCase) throws {
        let plan = try wanted.plan()
        for operation in plan.operations {
            let whole = bytes(AccessWalk(plan, operation, tiles: 0..<operation.tileCount))
            if operation.outputBuffer != nil, operation.kind != .embedding, operation.kind != .flatten {
                let own = whole.filter { $0.key.target == .written(buffer: operation.outputBuffer ?? -1) }
                let written = own.values.reduce(0, +)
                // Resampling also writes the gaps that set positions off.
                let slack = [.downsample, .upsample].contains(operation.kind) ? 0.03 : 0.001
                #expect(
                    abs(written - Double(operation.bytesWritten)) <= 64 + slack * written,
                    "\(operation.name): \(written)")
            }
            for cut in Set([1, operation.tileCount / 3, operation.tileCount / 2]) where cut < operation.tileCount {
                let first = AccessWalk(plan, operation, tiles: 0..<cut)
                let second = AccessWalk(plan, operation, tiles: cut..<operation.tileCount)
                let halves = bytes(first).merging(bytes(second), uniquingKeysWith: +)
                // Blocks closer than pages count as evenly spread over their gaps: what lies on a page is known to one of them.
                for page in Set(whole.keys).union(halves.keys) {
                    let count = whole[page, default: 0]
                    guard case .written(let buffer) = page.target else { continue }
                    let slack = 256 + 4 * Double(plan.buffers[buffer].positionStride)
                    #expect(
                        abs(halves[page, default: 0] - count) <= min(slack, 4096),
                        "\(operation.name), page \(page.number)")
                }
                #expect(Set(whole.keys).isSubset(of: halves.keys), "\(operation.name), cut at \(cut)")
            }
        }
    }

    /// Nobody reads or writes past a buffer or a packed weight.
    @Test(arguments: PlanCase.all)
    func accessesStayInside(_ wanted: PlanCase) throws {
        let plan = try wanted.plan()
        for operation in plan.operations {
            for access in AccessWalk(plan, operation, tiles: 0..<operation.tileCount).accesses {
                let end = access.start + (access.count - 1) * access.stride + access.bytes
                let size =
                    switch access.target {
                    case .read(let buffer), .written(let buffer): plan.buffers[buffer].totalFloats * 4
                    case .weights(let index): plan.weights[index].bytes
                    }
                #expect(access.start >= 0 && end <= size, "\(operation.name): \(access), of \(size) bytes")
            }
        }
    }

    /// On one node everything is local under every policy.
    @Test(arguments: PlanCase.all)
    func oneNode(_ wanted: PlanCase) throws {
        let shares = NodeShares(try wanted.plan(), workerNodes: [0, 0, 0], nodeCount: 1)
        for placing in [NodeShares.Placing.first, .interleave, .replicate] {
            let traffic = shares.traffic(placing)
            #expect(traffic.bytes > 0 && abs(traffic.localShare - 1) < 1e-9)
        }
        #expect(shares.arenaOwners.allSatisfy { $0 == 0 })
    }

    /// Copies are more local than spread weights, both are more local than nothing, and a node that no worker is on holds nothing.
    @Test(arguments: PlanCase.all)
    func twoNodes(_ wanted: PlanCase) throws {
        let plan = try wanted.plan()
        let shares = NodeShares(plan, workerNodes: [0, 0, 2, 2], nodeCount: 3)
        #expect(!shares.arenaOwners.contains(1))
        #expect(shares.traffic(.replicate).localShare > shares.traffic(.interleave).localShare)
        // A forward that is too small to share is all the caller's.
        #expect(shares.traffic(.replicate).localShare >= shares.traffic(.first).localShare)
        let map = shares.arenaMap(memoryNodes: [0, 1, 5])
        #expect(map.runs.reduce(0) { $0 + $1.bytes } == shares.arenaOwners.count * 4096)
        for run in map.runs {
            #expect(shares.unitBytes == 4096)
            let owners = Set(shares.arenaOwners[run.offset / 4096..<(run.offset + run.bytes) / 4096])
            #expect(owners.map { $0 == 2 ? 5 : 0 } == run.nodes)
        }
        let coarse = shares.arenaMap(memoryNodes: [0, 1, 5], mostRuns: 2)
        #expect(coarse.runs.count <= 2 && coarse.runs.reduce(0) { $0 + $1.bytes } == shares.arenaOwners.count * 4096)
    }

    private struct Page: Hashable {
        let target: MemoryAccess.Target
        let number: Int
    }

    /// Bytes by page of what is accessed.
    private func bytes(_ walk: AccessWalk) -> [Page: Double] {
        var pages: [Page: Double] = [:]
        for access in walk.accesses {
            for block in 0..<access.count {
                var begin = access.start + block * access.stride
                let end = begin + access.bytes
                while begin < end {
                    let next = min(end, (begin / 4096 + 1) * 4096)
                    pages[Page(target: access.target, number: begin / 4096), default: 0] +=
                        Double(next - begin) * access.share
                    begin = next
                }
            }
        }
        return pages
    }
}
