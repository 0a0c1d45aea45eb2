import Checkpoint
import Foundation
import TestSupport
import Testing

@testable import UNet1D

/// The exact published configurations, with weights from the documented generator, and the trained ECG model.
@Suite struct PublishedModelTests {
    @Test(arguments: ["hopper32", "hopper128", "value32", "default"], TestISA.all)
    func configurationAgrees(name: String, isa: ISA) throws {
        for workers in Pools.counts { try verify(name, isa: isa, workers: workers) }
    }

    /// 221 million parameters at the shortest length that runs.
    @Test func fullSizeDanceDiffusionAgrees() throws {
        try verify("dance_24k", isa: nil, workers: 2)
    }

    @Test(arguments: ["dance-64k.json", "dance-128k.json"])
    func profilesHaveThePublishedLayout(name: String) throws {
        let profile = try #require(Workload.all.first { $0.description == name })
        var published = try configuration("dance_64k")
        // Profiles do not say which version wrote them.
        published.diffusersVersion = nil
        #expect(profile.network.configuration == published)
    }

    /// Dance Diffusion takes multiples of 8192 from 24576 on; at 16384 its innermost level is too short for reflection.
    @Test(arguments: [
        (8192, false), (16384, false), (20480, false), (24576, true), (28672, false), (32768, true), (65536, true),
    ])
    func danceDiffusionRunsAt(length: Int, runs: Bool) throws {
        let configuration = try configuration("dance_64k")
        let shape = ForwardShape(batch: 1, length: length)
        let plan = { try Plan(configuration: configuration, shape: shape, options: Session.Options()) }
        if runs {
            #expect(try plan().outputShape == [1, 2, length])
        } else {
            #expect(throws: UNet1DError.self) { try plan() }
        }
    }

    private func configuration(_ name: String) throws -> UNet1DConfiguration {
        try ModelDirectory(Fixture.root + "/portable/" + name).readConfiguration().network.configuration
    }

    private func verify(_ name: String, isa: ISA?, workers: Int) throws {
        struct Manifest: Decodable {
            let suggested_atol: Double
            let seed: UInt64
        }
        let folder = Fixture.root + "/portable/" + name
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: URL(filePath: folder + "/manifest.json")))
        let tensors = try ForwardTensors(path: folder + "/io.safetensors", tolerance: manifest.suggested_atol)
        let model = try UNet1DModel(
            configuration: try configuration(name), seed: manifest.seed)
        var session = try Session(
            model: model, shape: tensors.shape, pool: Pools.pool(workers), options: Session.Options(isa: isa))
        #expect(session.plan.outputShape == tensors.expectedShape)
        #expect(tensors.error(of: tensors.run(&session)) <= tensors.tolerance, "\(workers) workers")
    }

    @Test(arguments: TestISA.all)
    func trainedECGModelAgrees(isa: ISA) throws {
        struct Manifest: Decodable {
            struct Case: Decodable {
                let name, sample, timestep, expected: String
                let suggested_atol: Double
            }
            let cases: [Case]
        }
        let folder = Fixture.root + "/ecg"
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: URL(filePath: folder + "/manifest.json")))
        let file = try TensorFile(path: folder + "/forwards.safetensors")
        let model = try UNet1DModel(directory: Fixture.root + "/../../Profiles/Models/ecg-512")
        #expect(manifest.cases.count == 8)
        for test in manifest.cases {
            let shape = try file.tensor(named: test.sample).shape
            let timestep = try Timestep(try file.numbers(named: test.timestep).values)
            let expected = try file.numbers(named: test.expected).values.map(Float.init)
            let sample = try file.floats(named: test.sample)
            for workers in Pools.counts {
                var session = try Session(
                    model: model,
                    shape: ForwardShape(batch: shape[0], length: shape[2], timesteps: timestep.count),
                    pool: Pools.pool(workers), options: Session.Options(isa: isa))
                var output = [Float](repeating: .nan, count: session.plan.outputCount)
                var span = output.mutableSpan
                session.forward(sample: sample.span, timestep: timestep, output: &span)
                #expect(
                    largestDifference(output, expected) <= test.suggested_atol, "\(test.name), \(workers) workers")
            }
        }
    }

    /// diffusers from 0.36 on takes twice the first level for the Fourier embedding's width where the configuration has none.
    @Test func ecgConfigurationNamesItsEmbedding() throws {
        struct Keys: Decodable { let time_embedding_dim: Int }
        let folder = Fixture.root + "/../../Profiles/Models/ecg-512/unet"
        let keys = try JSONDecoder().decode(
            Keys.self, from: Data(contentsOf: URL(filePath: folder + "/config.json")))
        let file = try TensorFile(path: folder + "/diffusion_pytorch_model.safetensors")
        #expect(keys.time_embedding_dim == 2 * (try file.tensor(named: "time_proj.weight").shape[0]))
    }

    /// Every block, resnet, attention and resampler of the ECG model.
    @Test func ecgBlocksAgree() throws {
        let file = try TensorFile(path: Fixture.root + "/ecg/golden-blocks.safetensors")
        let model = try UNet1DModel(directory: Fixture.root + "/../../Profiles/Models/ecg-512")
        let sample = try file.floats(named: "sample")
        let timestep = try Timestep(try file.numbers(named: "t").values)
        var session = try keepingSession(
            model, ForwardShape(batch: 1, length: sample.count, timesteps: 1), .best)
        var output = [Float](repeating: .nan, count: session.plan.outputCount)
        var span = output.mutableSpan
        session.forward(sample: sample.span, timestep: timestep, output: &span)
        var compared = 0
        for tensor in file.tensors where !["sample", "t", "out", "time_proj"].contains(tensor.name) {
            let expected = try file.floats(named: tensor.name)
            let intermediate = session.intermediate(of: tensor.name)
            let value = try #require(intermediate, "no operation computes \(tensor.name)")
            let largest = expected.map { abs(Double($0)) }.max() ?? 0
            #expect(largestDifference(value.values, expected) <= 1e-5 * max(1, largest), "\(tensor.name)")
            compared += 1
        }
        #expect(compared > 50)
    }
}
