import Foundation
import TestSupport
import Testing

import Checkpoint

@testable import UNet1D

/// The arena of every plan: nothing overlaps, little is wasted, and it grows no faster than the length.
@Suite struct PlanMemoryTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func fixtureArenas(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        expectTight(try model.plan(tensors.shape, options: Session.Options(isa: isa)))
    }

    @Test(arguments: Workload.all, TestISA.all)
    func workloadArenas(workload: Workload, isa: ISA) throws {
        expectTight(
            try Plan(network: workload.network, shape: workload.shape, options: Session.Options(isa: isa)))
    }

    /// Attention holds no matrix of length × length: twice the length, twice the memory.
    @Test(arguments: [1024, 2048], TestISA.all)
    func attentionMemoryIsLinear(length: Int, isa: ISA) throws {
        let model = try UNet1DModel(directory: Fixture.named("default_3level").directory)
        let bytes = try [length, 2 * length].map { length in
            let plan = try model.plan(ForwardShape(batch: 1, length: length), options: Session.Options(isa: isa))
            return Double(plan.arenaBytes + plan.scratchBytesPerWorker)
        }
        #expect(bytes[1] <= 2.05 * bytes[0])
    }

    private func expectTight(_ plan: Plan) {
        let layout = plan.layout
        #expect(layout.overlaps(plan.bufferPlacements.map(\.usage)).isEmpty)
        #expect(layout.offsets.allSatisfy { $0 % 64 == 0 })
        #expect(layout.bytes >= layout.lowerBoundBytes)
        #expect(
            Double(layout.bytes) <= 1.1 * Double(layout.lowerBoundBytes),
            "\(layout.bytes) bytes, \(layout.lowerBoundBytes) live at most")
    }
}

/// A file of Profiles/Workloads: a configuration and a shape.
struct Workload: Sendable, CustomStringConvertible {
    let description: String
    let network: Network
    let shape: ForwardShape

    static let all: [Workload] = {
        let root = URL(filePath: Fixture.root).appending(path: "../../Profiles/Workloads")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            guard let data = FileManager.default.contents(atPath: root.appending(path: name).path),
                let workload = try? Workload(name: name, bytes: Array(data))
            else { preconditionFailure("cannot read \(name)") }
            return workload
        }
    }()

    private init(name: String, bytes: [UInt8]) throws {
        let json = try JSONReader.read(bytes, file: name)
        let form = try JSONDecoder().decode(Form.self, from: Data(bytes))
        description = name
        network =
            if let model = form.model {
                try ModelDirectory(Fixture.root + "/../../Profiles/Workloads/" + model).readConfiguration().network
            } else {
                try ModelFamily.parse(try #require(json["configuration"]), file: name).family.network()
            }
        // As many timesteps as samples go with every model.
        shape = ForwardShape(batch: form.batch, length: form.length, timesteps: form.batch)
    }

    private struct Form: Decodable {
        let batch: Int
        let length: Int
        let model: String?
    }
}
