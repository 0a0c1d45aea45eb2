import TestSupport
import Testing

import Checkpoint

@testable import UNet1D

/// Every forward of the reference, through the public interface.
@Suite struct FixtureTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func agreesWithReference(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        for accuracy in Accuracy.allCases {
            var first: [Float]?
            for workers in Pools.counts {
                var session = try Session(
                    model: model, shape: tensors.shape, pool: Pools.pool(workers),
                    options: Session.Options(isa: isa, accuracy: accuracy))
                #expect(session.plan.sampleShape == tensors.sampleShape)
                #expect(session.plan.outputShape == tensors.expectedShape)
                let output = tensors.run(&session)
                #expect(tensors.error(of: output) <= tensors.tolerance, "\(accuracy) with \(workers) workers")
                session.poison()
                let again = tensors.run(&session)
                #expect(bits(again) == bits(first ?? output), "\(accuracy) with \(workers) workers")
                first = first ?? output
            }
        }
    }

    @Test(arguments: Fixture.refused)
    func refusesWhatTheReferenceRefuses(fixture: Fixture) throws {
        let refusal = #expect(throws: (any Error).self) {
            if fixture.stage == "construct" {
                _ = try Plan(
                    network: ModelDirectory(fixture.directory).readConfiguration().network,
                    shape: ForwardShape(batch: 1, length: 64), options: Session.Options())
                return
            }
            let tensors = try #require(try fixture.tensors())
            let model = try UNet1DModel(directory: fixture.directory)
            let plan = try model.plan(tensors.shape)
            // The command checks the sample's shape against the plan's; so do we.
            if plan.sampleShape != tensors.sampleShape { throw SampleShapeMismatch() }
        }
        if refusal is SampleShapeMismatch {
            #expect(fixture.name.contains("sample_channels"))
        } else {
            #expect(refusal is CheckpointError || refusal is UNet1DError)
            let text = refusal.map { "\($0)" } ?? ""
            #expect(!text.contains("cannot be read") && !text.contains("no such"), "\(text)")
        }
    }

    private struct SampleShapeMismatch: Error {}
}

/// Bit patterns, so that NaN equals NaN and zeros differ by sign.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
