import Foundation
import Testing
import UNet1D

/// The types that programs name, beside Foundation's: an ambiguous name, or one that `import UNet1D` does not bring,
/// does not compile.
@Suite struct PublicNamesTests {
    @Test func typesAreNamedBesideFoundation() throws {
        let models: [Any.Type] = [
            UNet1DModel.self, UNet1DConfiguration.self, DownBlockType.self, MidBlockType.self, UpBlockType.self,
            OutBlockType.self, TimeEmbeddingType.self, Activation.self, DiffusersVersion.self, ModelLookup.self,
            BorrowedTensor.self, SavedModel.self, WeightType.self, ElementType.self, Initialisation.self,
        ]
        let sessions: [Any.Type] = [
            AsyncSession.self, GradientPlan.self, GradientPlan.Part.self, Session.Options.self, Timestep.self,
            Tensor.self, UNet1DOutput.self,
        ]
        let plans: [Any.Type] = [
            Plan.self, ForwardShape.self, Plan.Operation.self, OperationKind.self, Accuracy.self, ISA.self,
            MachineProfile.self,
        ]
        let workersAndMachines: [Any.Type] = [
            WorkerPool.self, WorkerPool.Options.self, WorkerPool.ParallelFor.self, Topology.self, NUMAPolicy.self,
            PlacementReport.self, NodeOutcome.self,
        ]
        let errors: [any Error.Type] = [
            UNet1DError.self, CheckpointError.self, PlanningError.self, ImplementationError.self, MemoryError.self,
            WorkerPoolError.self,
        ]
        let remedies: [Any.Type] = [LengthRemedy.self]
        let all = models + sessions + plans + workersAndMachines + remedies + errors.map { $0 as Any.Type }
        // A session cannot be copied, so it is no `Any`.
        func plan(of session: borrowing Session) -> Plan { session.plan }
        #expect(Set(all.map { ObjectIdentifier($0) }).count == all.count)
    }

    /// A configuration can be written without any module but this one.
    @Test func configurationsAreMadeInCode() throws {
        let configuration = UNet1DConfiguration(
            inChannels: 14, outChannels: 14, timeEmbeddingType: .positional, useTimestepEmbedding: true,
            downBlockTypes: [DownBlockType.downResnetBlock1D, .downResnetBlock1D],
            upBlockTypes: [UpBlockType.upResnetBlock1D], midBlockType: MidBlockType.midResTemporalBlock1D,
            outBlockType: OutBlockType.outConv1DBlock, blockOutChannels: [32, 64], actFn: Activation.mish)
        let model = try UNet1DModel(configuration: configuration)
        #expect(model.sampleChannels == 14)
    }
}
