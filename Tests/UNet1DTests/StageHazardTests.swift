import CKernels
import KernelArguments
import TestSupport
import Testing

@testable import Planning
@testable import UNet1D

/// What runs at once never touches what another part of it writes; what is written in place is read before.
@Suite struct StageHazardTests {
    @Test(arguments: Fixture.numeric, TestISA.all)
    func fixturePlans(fixture: Fixture, isa: ISA) throws {
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        for accuracy in Accuracy.allCases {
            let options = Session.Options(isa: isa, accuracy: accuracy)
            #expect(hazards(try model.plan(tensors.shape, options: options)).isEmpty)
            #expect(hazards(try model.gradientPlan(tensors.shape, options: options).plan).isEmpty)
        }
    }

    @Test(arguments: Workload.all, TestISA.all)
    func workloadPlans(workload: Workload, isa: ISA) throws {
        let plan = try Plan(
            network: workload.network, shape: workload.shape, options: Session.Options(isa: isa))
        #expect(hazards(plan).isEmpty)
    }

    /// The up blocks of Dance Diffusion whose rows are many write their 1×1 skips over their inputs.
    @Test(arguments: TestISA.all)
    func skipsOfLongUpBlocksAreInPlace(isa: ISA) throws {
        let dance = try #require(Workload.all.first { $0.description == "dance-64k.json" })
        let plan = try Plan(network: dance.network, shape: dance.shape, options: Session.Options(isa: isa))
        let names = plan.operations.filter { $0.isProductInPlace }.map(\.name)
        #expect(names == (8...12).map { "up_blocks.\($0).resnets.0.conv_skip" })
    }

    /// Three activations of the largest level and what little lives beside them.
    @Test(arguments: TestISA.all)
    func danceDiffusionNeedsThreeActivations(isa: ISA) throws {
        let dance = try #require(Workload.all.first { $0.description == "dance-64k.json" })
        let plan = try Plan(network: dance.network, shape: dance.shape, options: Session.Options(isa: isa))
        #expect(Double(plan.arenaBytes) <= 3.25 * Double(65536 * 128 * 4))
        #expect(plan.arenaBytes <= 110_000_000)
    }

    /// A plan whose skips have buffers of their own gives the same bits under the same identifier.
    @Test(arguments: TestISA.all)
    func inPlaceDecidesNoBits(isa: ISA) throws {
        let fixture = Fixture.named("dance14_tiny")
        let tensors = try #require(try fixture.tensors())
        let model = try UNet1DModel(directory: fixture.directory)
        let plan = try model.plan(tensors.shape, options: Session.Options(isa: isa))
        let keeping = try Plan(
            network: model.network, shape: tensors.shape, implementation: plan.implementation,
            keepingIntermediates: true)
        #expect(plan.operations.contains { $0.isProductInPlace })
        #expect(!keeping.operations.contains { $0.isProductInPlace })
        #expect(plan.id == keeping.id)
        var session = try Session(model: model, plan: plan, pool: Pools.pool(3))
        var other = try Session(model: model, plan: keeping, pool: Pools.pool(1))
        #expect(bits(tensors.run(&session)) == bits(tensors.run(&other)))
    }

    /// The check itself: a skip in place that runs beside the convolution which reads its input.
    @Test func anEarlyWriteIsNoticed() throws {
        let dance = try #require(Workload.all.first { $0.description == "dance-64k.json" })
        let plan = try Plan(network: dance.network, shape: dance.shape, options: Session.Options())
        let skip = try #require(plan.operations.lastIndex { $0.isProductInPlace })
        let reader = try #require(plan.operations.firstIndex { $0.name == "up_blocks.12.resnets.0.conv_1" })
        #expect(hazards([plan.operations[reader], plan.operations[skip]]).count == 1)
    }

    private func hazards(_ plan: Plan) -> [String] {
        plan.stages.flatMap { hazards(Array(plan.operations[$0.operations])) }
    }

    /// Pairs of operations of one stage of which one writes what the other touches, unless both write parts of the same; and
    /// operations that write what they read, though they are none that can.
    private func hazards(_ operations: [Plan.Operation]) -> [String] {
        var found: [String] = []
        for (index, operation) in operations.enumerated() {
            for other in operations[(index + 1)...] {
                let isShared =
                    operation.kind == .transposedConvolution && other.kind == .transposedConvolution
                    && operation.written == other.written && operation.touched == other.touched
                if !isShared,
                    !operation.written.isDisjoint(with: other.touched)
                        || !other.written.isDisjoint(with: operation.touched)
                {
                    found.append("\(operation.name) and \(other.name)")
                }
            }
            if [.combine, .combineGradient, .gradientSums].contains(operation.kind) { continue }
            if !Set(operation.call.reads).isDisjoint(with: operation.written), !operation.isProductInPlace {
                found.append(operation.name)
            }
        }
        return found
    }
}

extension Plan.Operation {
    /// A product over its own input, as the kernel's contract allows it.
    fileprivate var isProductInPlace: Bool {
        guard call.kernel == .convolution else { return false }
        let a = call.arguments(as: convolution_arguments.self)
        func place(_ field: PartialKeyPath<convolution_arguments>) -> Operand.Place? {
            call.operands.first { $0.field == MemoryLayout<convolution_arguments>.offset(of: field) }?.place
        }
        return place(\.source.0.x) == place(\.y) && a.taps == 1 && a.stride == 1 && a.padding == 0
            && a.column_tiles == 1
            && a.source.0.row_stride == a.y_row_stride && a.source.0.segment_stride == a.y_segment_stride
            && padded(a.source.0.channels) == a.columns && scratchBytes >= a.scratchBytesInPlace
    }

    fileprivate var written: Set<Int> {
        Set(calls.flatMap(\.operands).filter { $0.access == .written }.compactMap(\.buffer))
    }

    /// The buffers that it, or what follows it, reads or writes.
    fileprivate var touched: Set<Int> { Set(buffers) }
}
