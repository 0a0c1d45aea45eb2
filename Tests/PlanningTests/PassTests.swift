import Arena
import Checkpoint
import KernelArguments
import KernelDispatch
import Testing

@testable import Planning

/// Each pass of planning by itself: what it makes of a list of equations.
@Suite struct PassTests {
    /// Blocks are lowered to their equations, in the order of the reference.
    @Test func loweringPrintsEquations() throws {
        let lines = try lowered(ShapeTests.resnetType, length: 32).lines
        let block = lines.filter { $0.equation.name.hasPrefix("down_blocks.0.resnets.0") }
        #expect(
            block.map(\.description) == [
                "v7 = down_blocks.0.resnets.0.conv_in.conv1d(v6)",
                "v8 = down_blocks.0.resnets.0.conv_in(v7, v5)",
                "v9 = down_blocks.0.resnets.0.conv_out.conv1d(v8)",
                "v10 = down_blocks.0.resnets.0.residual_conv(v6)",
                "v11 = down_blocks.0.resnets.0(v9, v10)",
            ])
    }

    /// Every convolution of width 5 gets a form: of short sequences the direct one where accuracy is strict, more accurate ones
    /// where the budget of rounding is small.
    @Test func formsAreChosen() throws {
        let lines = try lowered(ShapeTests.resnetType, length: 64).lines
        func forms(_ accuracy: Accuracy, limit: Double?) -> Forms {
            Forms(lines, accuracy: accuracy, limit: limit) {
                ConvolutionChoice(
                    $0, modelWeightBytes: 1 << 20, blockRows: 12, isa: .avx2, machine: .builtIn)
            }
        }
        func convolutions(_ forms: Forms) -> [Convolution5] { forms.lines.compactMap { $0.equation as? Convolution5 } }
        let fast = convolutions(forms(.fast, limit: .infinity))
        #expect(fast.count == forms(.fast, limit: nil).rounding.convolutions)
        #expect(fast.contains { $0.groups != nil })
        #expect(convolutions(forms(.strict, limit: nil)).allSatisfy { $0.groups == nil })
        #expect(forms(.fast, limit: 0).rounding.error < forms(.fast, limit: .infinity).rounding.error)
    }

    /// A Fourier transform is for long sequences where accuracy is strict, and not for weights larger than their rows.
    @Test func fourierTransforms() throws {
        func form(length: Int, channels: Int, _ accuracy: Accuracy) -> WinogradForm? {
            let choice = ConvolutionChoice(
                ConvolutionSize(length: length, batch: 1, sources: [channels], columns: channels),
                modelWeightBytes: 1 << 20, blockRows: 12, isa: .avx512, machine: .builtIn)
            return (accuracy == .strict ? choice.exact : choice.forms[0]).groups?.form
        }
        #expect(form(length: 8192, channels: 128, .strict) == .fourier28)
        #expect(form(length: 8192, channels: 512, .strict) == nil)
        #expect(form(length: 16, channels: 128, .strict) == nil)
        #expect(form(length: 8192, channels: 128, .fast) == .f65)
    }

    /// Where bfloat16 is asked for, transformed weights are halved where their bytes decide, and no others; rounding of float32 has no
    /// budget there.
    @Test func transformedWeightsAreHalved() throws {
        func choice(length: Int, channels: Int, halves: Bool) -> ConvolutionForm {
            ConvolutionChoice(
                ConvolutionSize(length: length, batch: 1, sources: [channels], columns: channels),
                modelWeightBytes: 1 << 30, directWeightBytes: 2, halvesTransformed: halves, blockRows: 12, isa: .avx512,
                machine: .builtIn
            ).forms[0]
        }
        let policy = choice(length: 16, channels: 2048, halves: true)
        #expect(policy.groups?.form == .f25 && policy.element == .f16)
        #expect(choice(length: 16, channels: 2048, halves: false).element == .f32)
        #expect(choice(length: 8192, channels: 128, halves: true).element == .f32)

        func plan(_ precision: Precision) throws -> Plan {
            try Plan(
                network: try Network(ShapeTests.resnetType), shape: ForwardShape(batch: 1, length: 64),
                implementation: Implementation.best, precision: precision)
        }
        #expect(try plan(.bf16).rounding.budget == .infinity)
        #expect(try plan(.bf16Weights).rounding.budget.isFinite)
    }

    /// Small matrices stay in float32 with `bf16`, which rounds others, and are rounded with every other precision of 16 bits.
    @Test(arguments: [(8, false), (256, true)])
    func smallMatricesAreNotRounded(channels: Int, areRounded: Bool) throws {
        let configuration = UNet1DConfiguration(
            inChannels: 8, outChannels: 8, timeEmbeddingType: .positional, useTimestepEmbedding: true,
            downBlockTypes: [.downResnetBlock1D], upBlockTypes: [], midBlockType: .midResTemporalBlock1D,
            outBlockType: .outConv1DBlock, blockOutChannels: [channels], actFn: .mish, downsampleEachBlock: true)
        func elements(_ precision: Precision) throws -> Set<WeightElement> {
            let plan = try Plan(
                network: try Network(configuration), shape: ForwardShape(batch: 1, length: 64),
                implementation: .best, precision: precision)
            return Set(
                plan.weights.compactMap { request in
                    switch request {
                    case .matrix(let matrix): matrix.element
                    case .winograd(let winograd): winograd.element
                    default: nil
                    }
                })
        }
        let rounded = Precision.bf16.element(.best)
        #expect(try elements(.bf16).contains(rounded) == areRounded)
        #expect(try elements(.bf16).contains(.f32))
        #expect(try areRounded || elements(.bf16) == [.f32])
        // Winograd's forms are in float32.
        #expect(try elements(.bf16Weights).subtracting([.f32]) == [.bf16])
    }

    /// Attention multiplies in bfloat16 where the processor does and the precision says so.
    @Test(arguments: [false, true]) func attentionInBFloat(multiplies: Bool) throws {
        let best = Implementation.best
        let implementation = Implementation(
            name: best.name, isa: best.isa, table: best.table, multipliesBFloat: multiplies)
        func kernels(_ precision: Precision) throws -> [Kernel] {
            try Plan(
                network: try Network(ShapeTests.kernelType), shape: ForwardShape(batch: 1, length: 512),
                implementation: implementation, accuracy: .fast, precision: precision
            ).operations.flatMap(\.calls).map(\.kernel)
        }
        #expect(try kernels(.bf16).contains(.attentionBFloat) == multiplies)
        #expect(try kernels(.bf16).contains(.attention) != multiplies)
        #expect(try kernels(.f32).contains(.attention) && !kernels(.bf16Weights).contains(.attentionBFloat))
    }

    /// An attention's norm keeps its input, which the attention adds at its end; what nobody reads again is written over.
    @Test func whatIsReadAgainIsKept() throws {
        let lowering = try lowered(ShapeTests.kernelType, length: 512)
        let lines = InPlace.applied(to: lowering.lines, kept: lowering.kept)
        let combines = lines.filter { $0.equation is Combine }
        #expect(combines.contains { $0.description.hasSuffix("in place") })
        let inputs = Set(lines.map(\.equation.name).filter { $0.contains(".attentions.") && $0.hasSuffix(".norm") })
        #expect(!inputs.isEmpty)
        for line in combines { #expect(line.hints.overwritesInput != inputs.contains(line.equation.name), "\(line)") }
    }

    /// A convolution learns the groups of the norm that reads it.
    @Test func normsGiveGroupsToConvolutions() throws {
        let lines = WholeNorms.applied(to: try lowered(ShapeTests.resnetType, length: 32).lines)
        for line in lines {
            #expect(line.hints.normGroups == (line.equation is Convolution5 ? 8 : 1), "\(line)")
        }
    }

    /// A shortcut runs beside the convolution that reads what it reads; over its input, beside the sum after that.
    @Test(arguments: [(32, false), (1 << 16, true)])
    func shortcutsMove(length: Int, isInPlace: Bool) throws {
        let lowering = try lowered(ShapeTests.kernelType, length: length)
        let lines = Shortcuts.moved(lowering.lines, kept: lowering.kept, MachineProfile.builtIn.tiles)
        #expect(lines.count == lowering.lines.count)
        let index = try #require(
            lines.firstIndex { $0.equation.name == "up_blocks.2.resnets.0.conv_skip" })
        let block = "up_blocks.2.resnets.0"
        #expect(lines[index].hints == Hints(joinsPrevious: true, overwritesInput: isInPlace))
        #expect(lines[index - 1].equation.name == block + (isInPlace ? ".gelu_1" : ".conv_1"))
    }

    /// Operations have tiles, and short sequences their norms as epilogues: two operations a block, and its shortcut.
    @Test func operationsHaveEpilogues() throws {
        let lowering = try lowered(ShapeTests.resnetType, length: 16)
        let lines = Shortcuts.moved(
            WholeNorms.applied(to: InPlace.applied(to: lowering.lines, kept: lowering.kept)), kept: lowering.kept,
            MachineProfile.builtIn.tiles)
        let builder = OperationBuilder(
            lines, implementation: .best, sizes: MachineProfile.builtIn.tiles, keepsIntermediates: false)
        let block = "down_blocks.0.resnets.0"
        let operations = builder.operations.filter { $0.name.hasPrefix(block) }
        #expect(operations.map(\.followedBy?.name) == [block + ".conv_in", nil, block])
        #expect(operations.map { $0.stage - operations[0].stage } == [0, 0, 1])
        #expect(operations.allSatisfy { $0.tileCount > 0 })
    }

    /// A buffer lives from the stage that writes it to the last that reads it; stages that are short are serial.
    @Test func stagesGiveLifetimes() throws {
        let plan = try Plan(
            network: try Network(ShapeTests.resnetType), shape: ForwardShape(batch: 1, length: 16),
            implementation: .best)
        let usages = Lifetimes.usages(of: plan.buffers, by: plan.operations)
        for operation in plan.operations {
            for buffer in operation.buffers {
                #expect(usages[buffer].first...usages[buffer].last ~= operation.stage, "\(operation.name)")
            }
        }
        #expect(plan.stages.map(\.operations.count).reduce(0, +) == plan.operations.count)
        #expect(plan.stages.contains { $0.isSerial })
        #expect(ArenaLayout(usages).overlaps(usages).isEmpty)
    }

    private func lowered(_ configuration: UNet1DConfiguration, length: Int) throws -> Lowering {
        var lowering = Lowering(try Network(configuration), ForwardShape(batch: 1, length: length))
        _ = try lowering.forward()
        return lowering
    }
}
