internal import Checkpoint
import Foundation
package import UNet1D

/// A forward of a robot policy's network: an entry of the manifest in Tests/Fixtures/policies.
package struct PolicyFixture: Sendable, Decodable, CustomStringConvertible {
    package let name: String
    package let dir: String
    package let io: String
    /// The element type of the weights in the file.
    package let stored: String
    package let maxAbs: Double

    enum CodingKeys: String, CodingKey {
        case name, dir, io, stored
        case maxAbs = "max_abs"
    }

    package var description: String { name }

    /// Every entry.
    package static let all: [PolicyFixture] = {
        struct Manifest: Decodable { let cases: [PolicyFixture] }
        let path = "\(Fixture.root)/policies/manifest.json"
        guard let data = FileManager.default.contents(atPath: path),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { preconditionFailure("cannot read \(path)") }
        return manifest.cases
    }()

    /// A network of seeded weights for the input of `two_levels:io`, wide enough that `bf16` rounds its matrices: those of the
    /// entries are smaller.
    package static func wideModel() throws -> UNet1DModel {
        try UNet1DModel(
            configuration: ConditionalUnet1DConfiguration(
                inputDim: 2, globalCondDim: 6, diffusionStepEmbedDim: 32, downDims: [64, 128]))
    }

    /// The entry whose input a wide model takes.
    package static var wide: PolicyFixture {
        guard let entry = all.first(where: { $0.name == "two_levels:io" }) else {
            preconditionFailure("no two_levels:io")
        }
        return entry
    }

    /// The folder, or the file of a trainer that is alone in it.
    package var model: String {
        let folder = "\(Fixture.root)/policies/\(dir)"
        let checkpoint = folder + "/latest.ckpt"
        return FileManager.default.fileExists(atPath: checkpoint) ? checkpoint : folder
    }

    /// The input with the condition, and the expected output.
    package func tensors() throws -> PolicyTensors {
        try PolicyTensors(path: "\(Fixture.root)/policies/\(dir)/\(io)")
    }
}

/// The input of a policy's forward, positions first, with its condition and its expected output.
package struct PolicyTensors: Sendable {
    package let forward: ForwardTensors
    package let global: [Float]
    package let local: [Float]

    package init(path: String) throws {
        forward = try ForwardTensors(path: path, tolerance: nil)
        let file = forward.file
        global = (try? file.floats(named: "global_cond")) ?? []
        local = (try? file.floats(named: "local_cond")) ?? []
    }

    package var shape: ForwardShape {
        ForwardShape(batch: forward.sampleShape[0], length: forward.sampleShape[1], timesteps: forward.timestep.count)
    }

    /// Options for this input: the reference's `local_cond=None` where there is none.
    package func options(
        isa: ISA? = nil, accuracy: Accuracy = .fast, precision: Precision = .f32
    ) -> Session.Options {
        Session.Options(isa: isa, accuracy: accuracy, precision: precision, localCondition: !local.isEmpty)
    }

    /// Sets the condition, and runs a forward.
    package func run(_ session: inout Session) -> [Float] {
        session.setCondition(global: global.span, local: local.span)
        return forward.run(&session)
    }
}
